/** Everything that is to be sent, for the way out of a phone that cannot send (P29). */
import type { Operation } from "../sync/core/record.ts";
import { offeredRange } from "./offering.ts";
import type { ReadTx } from "./schema.ts";

/** Every operation without a receipt, or to be offered again, whose number is above `n`, ascending. */
export async function unsentAfter(tx: ReadTx, n: number): Promise<Operation[]> {
  const unsent = await tx.objectStore("outbox").getAll(IDBKeyRange.lowerBound(n, true));
  const range = await offeredRange(tx);
  const offered = range ? await tx.objectStore("receipted").getAll(range) : [];
  const rows = [...unsent, ...offered.filter((row) => row.n > n)];
  return rows.map((row) => row.operation).sort((a, b) => a.n - b.n);
}
