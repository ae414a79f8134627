/** Records of a partition's change feed and their cursor, always together (P17, P20, A5). */
import { isMoved, type Pulled } from "../sync/core/exchange.ts";
import type { Moved, ServerRecord } from "../sync/core/record.ts";
import { rangeOf } from "./apply-partitions.ts";
import { offeredRange } from "./offering.ts";
import { type CursorRow, type ReceiptedRow, type WriteTx, withoutOverlay } from "./schema.ts";
import { byRecord, type Touched } from "./shown.ts";

export async function applyPulls(
  tx: WriteTx,
  pulls: Readonly<Record<string, Pulled>>,
  touched: Touched,
): Promise<void> {
  for (const [partition, pulled] of Object.entries(pulls)) {
    if (!(await tx.objectStore("partitions").getKey(partition))) continue;
    const before = await tx.objectStore("cursors").get(partition);
    const row = before ?? { partition, cursor: null, pass: 1, complete: false, brought: 0 };
    if (pulled.reset) await startAgain(tx, row);
    else await takePage(tx, row, pulled, touched);
  }
}

/** The server's history is another one: everything is pulled anew, and shown until that is complete. */
async function startAgain(tx: WriteTx, row: CursorRow): Promise<void> {
  const { partition, pass } = row;
  await tx.objectStore("cursors").put({ partition, cursor: null, pass: pass + 1, complete: false, brought: 0 });
}

async function takePage(tx: WriteTx, row: CursorRow, pulled: Pulled, touched: Touched): Promise<void> {
  const own = byRecord(await settling(tx));
  await Promise.all(pulled.records.map((record) => takeRecord(tx, row, record, own.get(record.id) ?? [], touched)));
  const brought = row.brought + pulled.records.length;
  const complete = row.complete || !pulled.more;
  await tx.objectStore("cursors").put({ ...row, cursor: pulled.cursor, complete, brought });
  if (pulled.more) return;
  // A feed read to its end has brought whatever accepted operations did; a first pull may have passed them by.
  if (row.complete) await settlePartition(tx, row.partition, touched);
  else await dropEarlierPasses(tx, row, touched);
}

/** `own`: operations of this device that are shown over the record; its copy now says what became of them. */
async function takeRecord(
  tx: WriteTx,
  { partition, pass }: CursorRow,
  record: ServerRecord | Moved,
  own: readonly ReceiptedRow[],
  touched: Touched,
): Promise<void> {
  if (isMoved(record)) {
    // Only this partition's copy goes; the new one comes by the new partition's feed (P17).
    touched.touch(record.id);
    return await tx.objectStore("records").delete([partition, record.id]);
  }
  touched.bring(record);
  await tx.objectStore("records").put({ partition, id: record.id, pass, record });
  await Promise.all(own.map((row) => tx.objectStore("receipted").put(withoutOverlay(row))));
}

/**
 * Own operations that are shown until the server's copies say what became of them. Of what a restored server has still
 * to be offered, they say nothing yet (P20).
 */
async function settling(tx: WriteTx): Promise<ReceiptedRow[]> {
  const offered = await offeredRange(tx);
  const overlaid = await tx.objectStore("receipted").index("overlay").getAll();
  return overlaid.filter((row) => row.receipt.status === "accepted" && !offered?.includes(row.n));
}

async function settlePartition(tx: WriteTx, partition: string, touched: Touched): Promise<void> {
  for (const row of await settling(tx)) {
    if (row.operation.partition !== partition) continue;
    await tx.objectStore("receipted").put(withoutOverlay(row));
    touched.touch(row.record);
  }
}

async function dropEarlierPasses(tx: WriteTx, { partition, pass }: CursorRow, touched: Touched): Promise<void> {
  if (pass === 1) return;
  const records = tx.objectStore("records");
  for (const row of await records.getAll(rangeOf(partition))) {
    if (row.pass === pass) continue;
    await records.delete([partition, row.id]);
    touched.touch(row.id);
  }
}
