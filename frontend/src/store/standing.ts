/** Where this phone stands towards the server: what a round needs to know before and after, and no more. */
import { countOffered } from "./offering.ts";
import { type CursorRow, type PartitionRow, type ReadTx, readMeta } from "./schema.ts";

export interface Standing {
  readonly partitions: readonly PartitionRow[];
  readonly cursors: readonly CursorRow[];
  readonly offsetMs: number;
  /** Operations without a receipt. */
  readonly unsent: number;
  /** Operations that are still to be offered again. */
  readonly offered: number;
}

export async function readStanding(tx: ReadTx): Promise<Standing> {
  const [partitions, cursors, clock, unsent, offered] = await Promise.all([
    tx.objectStore("partitions").getAll(),
    tx.objectStore("cursors").getAll(),
    readMeta(tx, "clock"),
    tx.objectStore("outbox").count(),
    countOffered(tx),
  ]);
  return { partitions, cursors, offsetMs: clock?.offset_ms ?? 0, unsent, offered };
}
