/**
 * Makes the database and the spare copy of the outbox one again. The database is asked first: what it has, or has seen
 * receipted, is as it says; only what it does not know comes back, under its own number wherever that is free.
 */
import type { Kept } from "../spare/contract.ts";
import { type OutboxRow, readMeta, type WriteTx, writeMeta } from "./schema.ts";
import { type Owner, refreshShown } from "./shown.ts";

export interface TakenBack {
  readonly restored: readonly OutboxRow[];
  /** Numbers that the spare copy need not keep. */
  readonly gone: readonly number[];
  /** Rows that it lacks. */
  readonly lacking: readonly OutboxRow[];
}

export async function takeBack(tx: WriteTx, owner: Owner, kept: Kept): Promise<TakenBack> {
  const outbox = new Map((await tx.objectStore("outbox").getAll()).map((row) => [row.n, row]));
  const { lost, gone } = await sortOut(tx, outbox, kept.rows);
  const restored = await restore(tx, owner, lost, Math.max(kept.next_n, (await readMeta(tx, "next_n")) ?? 1));
  await takePartitions(tx, kept);
  const has = new Map(kept.rows.map((row) => [row.n, row.operation.tag]));
  const rows = [...outbox.values(), ...restored];
  return { restored, gone, lacking: rows.filter(({ n, operation }) => has.get(n) !== operation.tag) };
}

/** `free`: nothing else has its number. */
interface Lost {
  readonly row: OutboxRow;
  readonly isFree: boolean;
}

async function sortOut(
  tx: WriteTx,
  outbox: ReadonlyMap<number, OutboxRow>,
  rows: readonly OutboxRow[],
): Promise<{ lost: readonly Lost[]; gone: readonly number[] }> {
  const lost: Lost[] = [];
  const gone: number[] = [];
  for (const row of rows) {
    const there = outbox.get(row.n) ?? (await tx.objectStore("receipted").get(row.n));
    if (there?.operation.tag !== row.operation.tag) lost.push({ row, isFree: there === undefined });
    else if (!outbox.has(row.n)) gone.push(row.n);
  }
  return { lost, gone };
}

/** A number that was given again while this copy could not be read is taken by another operation for ever (P14). */
async function restore(tx: WriteTx, owner: Owner, lost: readonly Lost[], nextN: number): Promise<OutboxRow[]> {
  const restored: OutboxRow[] = [];
  let next = nextN;
  for (const { row, isFree } of lost) {
    const n = isFree ? row.n : next;
    next = Math.max(next, n + 1);
    restored.push({ ...row, n, operation: { ...row.operation, n } });
  }
  for (const row of restored) await tx.objectStore("outbox").add(row);
  if (next > ((await readMeta(tx, "next_n")) ?? 1)) await writeMeta(tx, "next_n", next);
  await refreshShown(
    tx,
    owner,
    restored.map((row) => row.record),
  );
  return restored;
}

/** A form must know where its records belong before the first exchange, which may be days away. */
async function takePartitions(tx: WriteTx, { owner }: Kept): Promise<void> {
  const partitions = tx.objectStore("partitions");
  if (!owner || (await partitions.count()) > 0) return;
  for (const row of owner.partitions) await partitions.put(row);
}
