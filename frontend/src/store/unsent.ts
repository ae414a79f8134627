/** The outbox as a whole, for the way out of a phone that cannot send (P29). */
import type { Operation } from "../sync/core/record.ts";
import type { ReadTx } from "./schema.ts";

/** Every operation without a receipt whose number is above `n`, ascending. */
export async function unsentAfter(tx: ReadTx, n: number): Promise<Operation[]> {
  const rows = await tx.objectStore("outbox").getAll(IDBKeyRange.lowerBound(n, true));
  return rows.map((row) => row.operation);
}
