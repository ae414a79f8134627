/** Areas come and go: what is no longer listed is deleted, except operations without a receipt (P19). */
import type { Answer } from "../sync/core/exchange.ts";
import { type ReceiptedRow, readMeta, type WriteTx, withoutOverlay, writeMeta } from "./schema.ts";
import type { Touched } from "./shown.ts";

export async function applyPartitions(tx: WriteTx, listed: Answer["partitions"], touched: Touched): Promise<void> {
  const store = tx.objectStore("partitions");
  const ids = new Set(listed.map((partition) => partition.id));
  for (const id of await store.getAllKeys()) if (!ids.has(id)) await store.delete(id);
  for (const { id, code, name, access } of listed) await store.put({ id, code, name, access });
  const gone = (await tx.objectStore("cursors").getAllKeys()).filter((id) => !ids.has(id));
  for (const id of gone) await dropCopies(tx, id, touched);
  const hidden = await hideAccepted(tx, ids, touched);
  if (gone.length + hidden > 0) await writeMeta(tx, "has_left", true);
}

async function dropCopies(tx: WriteTx, partition: string, touched: Touched): Promise<void> {
  const records = tx.objectStore("records");
  const range = rangeOf(partition);
  for (const [, id] of await records.getAllKeys(range)) touched.touch(id);
  await records.delete(range);
  await tx.objectStore("cursors").delete(partition);
}

/**
 * Accepted operations are the server's now, also where the right went before anything was pulled; held ones stay
 * visible to their author (P30). Gives how many were shown.
 */
async function hideAccepted(tx: WriteTx, listed: ReadonlySet<string>, touched: Touched): Promise<number> {
  const receipted = tx.objectStore("receipted");
  const overlaid = await receipted.index("overlay").getAll();
  const hidden = overlaid.filter((row) => row.receipt.status === "accepted" && !listed.has(row.operation.partition));
  for (const row of hidden) {
    await receipted.put(withoutOverlay(row));
    touched.touch(row.record);
  }
  return hidden.length;
}

/**
 * Own operations go where their records go (P27): an area that was merged into another takes them along, and they stay
 * to be offered again (P20). Once every feed has been read to its end, what no listed area has a record of is deleted. True
 * when that was done.
 */
export async function dropLeft(tx: WriteTx, { partitions, pull }: Answer): Promise<boolean> {
  const isRead = partitions.every(({ id }) => pull[id] && !pull[id].more && !pull[id].reset);
  if (!isRead || !(await readMeta(tx, "has_left"))) return false;
  const listed = new Set(partitions.map(({ id }) => id));
  const receipted = tx.objectStore("receipted");
  for (const row of await receipted.getAll()) {
    if (isOf(row, listed) || (await tx.objectStore("records").index("id").getKey(row.record))) continue;
    await receipted.delete(row.n);
  }
  await writeMeta(tx, "has_left", false);
  return true;
}

/** What is held stays, wherever it is. */
function isOf({ operation, receipt }: ReceiptedRow, listed: ReadonlySet<string>): boolean {
  return listed.has(operation.partition) || receipt.status === "held";
}

/** All keys `[partition, …]`: an array sorts after every text. */
export function rangeOf(partition: string): IDBKeyRange {
  return IDBKeyRange.bound([partition], [partition, []]);
}
