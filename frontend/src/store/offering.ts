/**
 * Offering again what a restored server may have forgotten (P20): every receipted operation that is still kept, as a
 * range of numbers. To begin costs one small row, however long the history, and a death in between loses nothing.
 * Meanwhile they stay receipted, and the copies of before say how they are shown: nothing is pulled until they are sent.
 */
import { type ReadTx, readMeta, type WriteTx, writeMeta } from "./schema.ts";

/** The receipted operations that are still to be offered, or null. */
export async function offeredRange(tx: ReadTx): Promise<IDBKeyRange | null> {
  const offered = await readMeta(tx, "offered");
  return offered ? IDBKeyRange.bound(offered.next_n, offered.last_n) : null;
}

export async function countOffered(tx: ReadTx): Promise<number> {
  const range = await offeredRange(tx);
  return range ? await tx.objectStore("receipted").count(range) : 0;
}

/**
 * All of them, from the first: `seen_n` does not tell what is lost, since it counts a cloned profile's operations, too
 * (A18). But for `fresh`: what this very answer has receipted is held by the server as it is now.
 */
export async function offerAll(tx: WriteTx, fresh: ReadonlySet<number>): Promise<void> {
  let last = await tx.objectStore("receipted").openKeyCursor(null, "prev");
  while (last && fresh.has(last.key)) last = await last.continue();
  await writeMeta(tx, "offered", last && { next_n: 1, last_n: last.key });
}

/** The server has answered everything up to this number. */
export async function noteOffered(tx: WriteTx, n: number): Promise<void> {
  const offered = await readMeta(tx, "offered");
  if (offered) await writeMeta(tx, "offered", n < offered.last_n ? { ...offered, next_n: n + 1 } : null);
}
