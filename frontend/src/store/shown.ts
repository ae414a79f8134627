/** Keeps the `shown` rows true: called within every transaction that changes what they are made of. */
import type { OwnOperation } from "../sync/core/overlay.ts";
import type { ServerRecord } from "../sync/core/record.ts";
import type { OutboxRow, ReadTx, ReceiptedRow, RecordRow, WriteTx } from "./schema.ts";
import { type Author, makeShownRow } from "./shown-row.ts";

export interface Owner {
  readonly device: string;
  readonly user: Author;
}

/** What this phone knows of one record. */
export interface Known {
  readonly record: ServerRecord | null;
  readonly own: readonly OwnOperation[];
  readonly waiting: readonly number[];
}

export async function readKnown(tx: ReadTx, id: string): Promise<Known> {
  const [copies, receipted, outbox] = await Promise.all([
    tx.objectStore("records").index("id").getAll(id),
    tx.objectStore("receipted").index("record").getAll(id),
    tx.objectStore("outbox").index("record").getAll(id),
  ]);
  const own = [...receipted.filter((row) => row.overlay === 1).map(receiptedOwn), ...outbox.map(outboxOwn)];
  return {
    record: newestCopy(copies),
    own: own.sort((a, b) => a.operation.n - b.operation.n),
    waiting: outbox.map((row) => row.n),
  };
}

/** While a record moves, both partitions may hold a copy for a moment: the later change is shown. */
function newestCopy(copies: readonly RecordRow[]): ServerRecord | null {
  const later = (best: RecordRow, row: RecordRow) =>
    row.record.changed.received_ms > best.record.changed.received_ms ? row : best;
  const [first, ...rest] = copies;
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
  await Promise.all([...new Set(ids)].map((id) => refreshOne(tx, owner, id)));
}

async function refreshOne(tx: WriteTx, owner: Owner, id: string): Promise<void> {
  const row = makeShownRow(id, { ...owner, ...(await readKnown(tx, id)) });
  if (row) await tx.objectStore("shown").put(row);
  else await tx.objectStore("shown").delete(id);
}
