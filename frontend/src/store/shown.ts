/** Keeps the `shown` rows true: called within every transaction that changes what they are made of. */
import type { OwnOperation } from "../sync/core/overlay.ts";
import type { ServerRecord } from "../sync/core/record.ts";
import {
  type OutboxRow,
  type ReadTx,
  type ReceiptedRow,
  type RecordRow,
  readMeta,
  type WriteTx,
  writeMeta,
} from "./schema.ts";
import { type Author, makeShownRow } from "./shown-row.ts";

export interface Owner {
  readonly device: string;
  readonly user: Author;
}

/** Rows that are read together in the time of one look-up by record. */
const UNSENT_READ_AT_ONCE = 8;

/** What this phone knows of one record. */
export interface Known {
  readonly record: ServerRecord | null;
  readonly own: readonly OwnOperation[];
  readonly waiting: readonly number[];
}

export async function readKnown(tx: ReadTx, id: string): Promise<Known> {
  const [record, receipted, outbox] = await Promise.all([
    readRecord(tx, id),
    tx.objectStore("receipted").index("record").getAll(id),
    tx.objectStore("outbox").index("record").getAll(id),
  ]);
  const overlaid = receipted.filter((row) => row.overlay === 1);
  return { record, ...ownOf(overlaid, outbox) };
}

function ownOf(overlaid: readonly ReceiptedRow[], outbox: readonly OutboxRow[]): Omit<Known, "record"> {
  const own = [...overlaid.map(receiptedOwn), ...outbox.map(outboxOwn)];
  return { own: own.sort((a, b) => a.operation.n - b.operation.n), waiting: outbox.map((row) => row.n) };
}

/** While a record moves, both partitions may hold a copy for a moment: the later change is shown. */
async function readRecord(tx: ReadTx, id: string): Promise<ServerRecord | null> {
  const later = (best: RecordRow, row: RecordRow) =>
    row.record.changed.received_ms > best.record.changed.received_ms ? row : best;
  const [first, ...rest] = await tx.objectStore("records").index("id").getAll(id);
  return first ? rest.reduce(later, first).record : null;
}

function outboxOwn({ operation }: OutboxRow): OwnOperation {
  return { operation, effectiveMs: operation.stamp[0], code: null };
}

function receiptedOwn({ operation, receipt }: ReceiptedRow): OwnOperation {
  const code = receipt.status === "held" ? (receipt.code ?? "operation-invalid") : null;
  return { operation, effectiveMs: receipt.effective_ms ?? operation.stamp[0], code };
}

export async function refreshShown(tx: WriteTx, owner: Owner, ids: Iterable<string>): Promise<void> {
  await Promise.all([...new Set(ids)].map(async (id) => putShown(tx, owner, id, await readKnown(tx, id))));
}

async function putShown(tx: WriteTx, owner: Owner, id: string, known: Known): Promise<void> {
  const row = makeShownRow(id, { ...owner, ...known });
  if (row) await tx.objectStore("shown").put({ ...row, rev: await revOf(tx) });
  else await tx.objectStore("shown").delete(id);
}

const revs = new WeakMap<WriteTx, Promise<number>>();

/** One for each transaction. */
function revOf(tx: WriteTx): Promise<number> {
  const known = revs.get(tx) ?? nextRev(tx);
  revs.set(tx, known);
  return known;
}

async function nextRev(tx: WriteTx): Promise<number> {
  const rev = ((await readMeta(tx, "shown_rev")) ?? 0) + 1;
  await writeMeta(tx, "shown_rev", rev);
  return rev;
}

/**
 * The records that one answer touches: the copy that it has just brought, or null where it must be read.
 * A page brings hundreds and the phone is cheap: own operations are read once for all, unless there are many more of
 * them than records, and a copy that has just come is not read again (a feed carries present states, so it is the
 * newest whatever else is kept).
 */
export class Touched {
  readonly #records = new Map<string, ServerRecord | null>();

  touch(id: string): void {
    if (!this.#records.has(id)) this.#records.set(id, null);
  }

  bring(record: ServerRecord): void {
    this.#records.set(record.id, record);
  }

  get isEmpty(): boolean {
    return this.#records.size === 0;
  }

  async refresh(tx: WriteTx, owner: Owner): Promise<void> {
    if (this.isEmpty) return;
    const overlaid = byRecord(await tx.objectStore("receipted").index("overlay").getAll());
    const outbox = byRecord(await this.#unsent(tx));
    const refreshOne = async ([id, brought]: readonly [string, ServerRecord | null]) => {
      const own = ownOf(overlaid.get(id) ?? [], outbox.get(id) ?? []);
      await putShown(tx, owner, id, { record: brought ?? (await readRecord(tx, id)), ...own });
    };
    await Promise.all([...this.#records].map(refreshOne));
  }

  /** An outbox of a month goes out in many answers: each reads what it touches of it. */
  async #unsent(tx: WriteTx): Promise<OutboxRow[]> {
    const outbox = tx.objectStore("outbox");
    if ((await outbox.count()) <= UNSENT_READ_AT_ONCE * this.#records.size) return await outbox.getAll();
    const index = outbox.index("record");
    return (await Promise.all([...this.#records.keys()].map((id) => index.getAll(id)))).flat();
  }
}

export function byRecord<Row extends { readonly record: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.record);
    if (group) group.push(row);
    else groups.set(row.record, [row]);
  }
  return groups;
}
