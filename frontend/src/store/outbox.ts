/** What the next batch takes, and how much there is. */
import type { Operation } from "../sync/core/record.ts";
import { offeredRange } from "./offering.ts";
import type { ReadTx } from "./schema.ts";

export interface Batch {
  /** In ascending `n`. */
  readonly operations: readonly Operation[];
  /** Operations that are still to be sent after this batch (`holds`, P13). */
  readonly left: number;
  /** Some of those are offered again: before they are sent, nothing is pulled (P20). */
  readonly isOffering: boolean;
}

/**
 * Operations within both limits; at least one if there is any. The outbox goes first: what no server has ever had does
 * not wait behind what a restored one most likely still has.
 */
export async function nextBatch(tx: ReadTx, operationsMax: number, bytesMax: number): Promise<Batch> {
  const [outbox, receipted] = [tx.objectStore("outbox"), tx.objectStore("receipted")];
  const unsent = await outbox.getAll(null, operationsMax);
  const range = await offeredRange(tx);
  const room = operationsMax - unsent.length;
  // A limit of 0 would mean none.
  const offered = range && room > 0 ? await receipted.getAll(range, room) : [];
  const rows = fitting([...unsent, ...offered], bytesMax);
  const offeredLeft = (range ? await receipted.count(range) : 0) - Math.max(0, rows.length - unsent.length);
  const total = await outbox.count();
  // Rows that do not open are never sent, and must not be waited for.
  const damaged = Math.min(total, operationsMax) - unsent.length;
  const unsentLeft = total - damaged - Math.min(rows.length, unsent.length);
  return {
    operations: rows.map((row) => row.operation).sort((a, b) => a.n - b.n),
    left: unsentLeft + offeredLeft,
    isOffering: offeredLeft > 0,
  };
}

function fitting<Row extends { readonly operation: Operation }>(
  rows: readonly Row[],
  bytesMax: number,
): readonly Row[] {
  let bytes = 0;
  const end = rows.findIndex(({ operation }, at) => {
    // Three bytes are the most that UTF-8 needs for one UTF-16 code unit: a safe bound without encoding.
    bytes += JSON.stringify(operation).length * 3;
    return at > 0 && bytes > bytesMax;
  });
  return end < 0 ? rows : rows.slice(0, end);
}

/** Records, not operations: three edits of one patrol are one thing to a person. Asked for with every save. */
export async function countRecords(tx: ReadTx): Promise<{ waiting: number; held: number }> {
  const shown = tx.objectStore("shown");
  const [waiting, held] = await Promise.all([shown.index("waiting").count(), shown.index("held").count()]);
  // What came back from the spare copy of a locked phone is shown once it is unlocked, but it waits all the same.
  return { waiting: waiting || (await tx.objectStore("outbox").count()), held };
}
