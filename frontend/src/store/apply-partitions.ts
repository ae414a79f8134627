/** Areas come and go: what is no longer listed is deleted, except operations without a receipt (P19). */
import type { Answer } from "../sync/core/exchange.ts";
import type { WriteTx } from "./schema.ts";
import type { Touched } from "./shown.ts";

export async function applyPartitions(tx: WriteTx, listed: Answer["partitions"], touched: Touched): Promise<void> {
  const store = tx.objectStore("partitions");
  const ids = new Set(listed.map((partition) => partition.id));
  for (const id of await store.getAllKeys()) if (!ids.has(id)) await store.delete(id);
  for (const { id, code, name, access } of listed) await store.put({ id, code, name, access });
  for (const id of await keptPartitions(tx)) if (!ids.has(id)) await dropPartition(tx, id, touched);
}

/** Pulled ones, and those that own operations are shown for: the right may go before anything was pulled. */
async function keptPartitions(tx: WriteTx): Promise<Set<string>> {
  const pulled = await tx.objectStore("cursors").getAllKeys();
  const overlaid = await tx.objectStore("receipted").index("overlay").getAll();
  return new Set([...pulled, ...overlaid.map((row) => row.operation.partition)]);
}

async function dropPartition(tx: WriteTx, partition: string, touched: Touched): Promise<void> {
  const records = tx.objectStore("records");
  const range = rangeOf(partition);
  for (const [, id] of await records.getAllKeys(range)) touched.touch(id);
  await records.delete(range);
  await tx.objectStore("cursors").delete(partition);
  // Accepted operations are the server's now; held ones stay visible to their author (P30).
  const receipted = tx.objectStore("receipted");
  for (const row of await receipted.getAll()) {
    if (row.operation.partition !== partition || row.receipt.status === "held") continue;
    await receipted.delete(row.n);
    touched.touch(row.record);
  }
}

/** All keys `[partition, …]`: an array sorts after every text. */
export function rangeOf(partition: string): IDBKeyRange {
  return IDBKeyRange.bound([partition], [partition, []]);
}
