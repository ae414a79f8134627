/**
 * Makes the database and the spare copy of the outbox one again. The database is asked first: what it has, or has seen
 * receipted, is as it says; only what it does not know comes back, under its own number wherever that is free.
 */
import type { Kept, SpareRow } from "../spare/contract.ts";
import { noteLostPhotos } from "./lost-photos.ts";
import { type OutboxRow, type PartitionRow, type ReadTx, readMeta, type WriteTx, writeMeta } from "./schema.ts";
import { isSealed } from "./sealed/contents.ts";
import { onDisk } from "./sealed/transaction.ts";
import { type Owner, refreshShown } from "./shown.ts";

export interface Differences {
  /** Rows that the database has lost; `isFree`: nothing else has their number. */
  readonly lost: readonly { readonly row: SpareRow; readonly isFree: boolean }[];
  /** Numbers that the spare copy need not keep. */
  readonly gone: readonly number[];
  /** Rows that the spare copy lacks, as they stand on the disk. */
  readonly lacking: readonly OutboxRow[];
  /** A form must know where its records belong before the first exchange, which may be days away. */
  readonly partitions: readonly PartitionRow[];
  /** The database has something to take back. */
  readonly isBehind: boolean;
}

export async function compare(tx: ReadTx, kept: Kept): Promise<Differences> {
  // No row is opened for this: whoever has locked the app has lost nothing.
  const outbox = await onDisk(tx).objectStore("outbox").getAll();
  const numbers = new Map(outbox.map((row) => [nameOf(row), row.n]));
  const [lost, gone]: [{ row: SpareRow; isFree: boolean }[], number[]] = [[], []];
  for (const row of kept.rows) {
    const n = numbers.get(nameOf(row));
    if (n === row.n) continue;
    if (n !== undefined || (await isReceipted(tx, row))) gone.push(row.n);
    else lost.push({ row, isFree: await isFree(tx, row.n) });
  }
  const names = new Map(kept.rows.map((row) => [row.n, nameOf(row)]));
  const lacking = outbox.filter((row) => names.get(row.n) !== nameOf(row));
  const hasPartitions = (await tx.objectStore("partitions").count()) > 0;
  const partitions = hasPartitions ? [] : (kept.owner?.partitions ?? []);
  const isBehind = ((await readMeta(tx, "next_n")) ?? 1) < kept.next_n || lost.length + partitions.length > 0;
  return { lost, gone, lacking, partitions, isBehind };
}

/** Of an operation, whatever its number: it may have come back under another one. */
const nameOf = (row: Pick<SpareRow, "record" | "tag">) =>
  `${row.record} ${row.tag ?? ("operation" in row && (row as OutboxRow).operation.tag)}`;

async function isReceipted(tx: ReadTx, row: SpareRow): Promise<boolean> {
  const there = await onDisk(tx).objectStore("receipted").index("record").getAll(row.record);
  return there.some((each) => nameOf(each) === nameOf(row));
}

async function isFree(tx: ReadTx, n: number): Promise<boolean> {
  return !((await tx.objectStore("outbox").getKey(n)) ?? (await tx.objectStore("receipted").getKey(n)));
}

/** `rows`: by number, whole or, while the app is locked, as they are to stand on the disk. */
export async function takeBack(
  tx: WriteTx,
  owner: Owner,
  kept: Kept,
  rows: ReadonlyMap<number, OutboxRow>,
): Promise<void> {
  const { lost, partitions } = await compare(tx, kept);
  const back = lost.flatMap(({ row, isFree }) => {
    const found = rows.get(row.n);
    return found ? [{ row: found, isFree }] : [];
  });
  const [closed, opened] = [back.filter(({ row }) => isSealed(row)), back.filter(({ row }) => !isSealed(row))];
  // A sealed row opens under its own number alone.
  for (const { row, isFree } of closed) if (isFree) await onDisk(tx).objectStore("outbox").add(row);
  await restore(tx, owner, opened, kept.next_n);
  for (const row of partitions) await tx.objectStore("partitions").put(row);
}

/** Records whose operations came back while the app was locked are shown as soon as they can be opened. */
export async function showUnshown(tx: WriteTx, owner: Owner): Promise<void> {
  const rows = await onDisk(tx).objectStore("outbox").getAll();
  const there = await Promise.all(rows.map(({ record }) => tx.objectStore("shown").getKey(record)));
  const unshown = rows.filter((_, at) => there[at] === undefined).map(({ record }) => record);
  if (unshown.length > 0) await refreshShown(tx, owner, unshown);
}

interface Opened {
  readonly row: OutboxRow;
  readonly isFree: boolean;
}

/** A number that was given again while this copy could not be read is taken by another operation for ever (P14). */
async function restore(tx: WriteTx, owner: Owner, lost: readonly Opened[], keptN: number): Promise<void> {
  let next = Math.max(keptN, (await readMeta(tx, "next_n")) ?? 1);
  for (const { row, isFree } of lost) {
    const n = isFree ? row.n : next;
    next = Math.max(next, n + 1);
    await tx.objectStore("outbox").add({ ...row, n, tag: row.operation.tag, operation: { ...row.operation, n } });
  }
  await writeMeta(tx, "next_n", next);
  await noteLostPhotos(
    tx,
    lost.map(({ row }) => row),
  );
  await refreshShown(
    tx,
    owner,
    lost.map(({ row }) => row.record),
  );
}
