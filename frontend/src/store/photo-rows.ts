/** The few things that every exchange asks of the photos on this phone; the rest comes with the first photo. */
import type { PhotoRow, PhotoState, ReadTx, WriteTx } from "./schema.ts";

export interface PhotoCounts {
  /** Sent by themselves when their turn comes. */
  readonly waitingPhotos: number;
  /** Not sent until a person decides. */
  readonly refusedPhotos: number;
  /** Taken for forms that are not saved. */
  readonly draftPhotos: number;
}

export async function countPhotos(tx: ReadTx): Promise<PhotoCounts> {
  const count = (state: PhotoState) => tx.objectStore("photos").index("state").count(inState(state));
  const counts = [count("pending"), count("refused"), count("draft")] as const;
  const [waitingPhotos, refusedPhotos, draftPhotos] = await Promise.all(counts);
  return { waitingPhotos, refusedPhotos, draftPhotos };
}

/** A server restored from a backup may have lost bytes that it had confirmed: they are offered again (P20). */
export async function offerPhotosAgain(tx: WriteTx): Promise<void> {
  const photos = tx.objectStore("photos");
  for (const row of await photos.index("state").getAll(inState("received"))) await photos.put(offered(row));
}

/** Pictures go with their area (P19); what waits for the server or for a person stays until that is settled. */
export async function forgetLeftPhotos(tx: WriteTx): Promise<void> {
  for (const { id, state } of await tx.objectStore("photos").getAll()) {
    const isSettled = state === "received" || state === "thumbnail" || state === "removed";
    if (!isSettled || (await tx.objectStore("shown").getKey(id))) continue;
    await tx.objectStore("photos").delete(id);
    await tx.objectStore("photo_files").delete(IDBKeyRange.bound([id], [id, []]));
  }
}

/** Of the front of the queue: nothing is known of an upload, and nothing keeps it waiting. */
export function offered(row: PhotoRow): PhotoRow {
  return { ...row, state: "pending", upload: null, failures: 0, not_before_ms: 0, code: null, settled_ms: null };
}

/** All keys `[state, …]`, oldest first: an array sorts after every number. */
export function inState(state: PhotoState): IDBKeyRange {
  return IDBKeyRange.bound([state], [state, []]);
}
