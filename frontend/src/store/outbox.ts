/** The outbox in ascending `n`: what the next batch takes, and how much there is. */
import type { Operation } from "../sync/core/record.ts";
import type { ReadTx } from "./schema.ts";

export interface Batch {
  readonly operations: readonly Operation[];
  /** Operations that stay in the outbox after this batch (`holds`, P13). */
  readonly left: number;
}

/** Operations from the front of the outbox, within both limits; at least one if there is any. */
export async function nextBatch(tx: ReadTx, operationsMax: number, bytesMax: number): Promise<Batch> {
  const outbox = tx.objectStore("outbox");
  const operations: Operation[] = [];
  let bytes = 0;
  let cursor = await outbox.openCursor();
  while (cursor && operations.length < operationsMax) {
    // Three bytes are the most that UTF-8 needs for one UTF-16 code unit: a safe bound without encoding.
    bytes += JSON.stringify(cursor.value.operation).length * 3;
    if (operations.length > 0 && bytes > bytesMax) break;
    operations.push(cursor.value.operation);
    cursor = await cursor.continue();
  }
  return { operations, left: (await outbox.count()) - operations.length };
}

/** Records, not operations: three edits of one patrol are one thing to a person. */
export async function countRecords(tx: ReadTx): Promise<{ waiting: number; held: number }> {
  let waiting = 0;
  const index = tx.objectStore("outbox").index("record");
  for (let cursor = await index.openKeyCursor(null, "nextunique"); cursor; cursor = await cursor.continue()) {
    waiting += 1;
  }
  const overlaid = await tx.objectStore("receipted").index("overlay").getAll();
  const held = overlaid.filter((row) => row.receipt.status === "held").map((row) => row.record);
  return { waiting, held: new Set(held).size };
}
