/** What leaves the phone, and when: only what the server has, or what somebody removed; never what waits (P23). */
import { DAY_MS } from "../sync/core/limits.ts";
import { inState, offered } from "./photo-rows.ts";
import { forget, hasSendable, isUnrecorded, readFile, rowsIn, UNRECORDED } from "./photos.ts";
import type { PhotoRow, ReadTx, WriteTx } from "./schema.ts";

/** A server restored from a backup of yesterday, or of last week, still gets every byte back (P20). */
export const PHOTO_KEPT_DAYS = 7;

/** Once for each start: follows what became of the photos' records, and lets go of what is old. */
export async function settlePhotos(tx: WriteTx, nowMs: number): Promise<void> {
  for (const row of [...(await rowsIn(tx, "pending")), ...(await rowsIn(tx, "refused"))]) {
    if (await isVoid(tx, row.id)) await put(tx, { ...row, state: "removed", settled_ms: nowMs });
    // The area was given back.
    else if (row.code === UNRECORDED && !(await isUnrecorded(tx, row.id))) await put(tx, offered(row));
  }
  for (const row of await rowsIn(tx, "removed")) {
    if (await isRestored(tx, row)) await put(tx, offered(row));
    else if (isOld(row, nowMs)) await forget(tx, row.id);
  }
  // What was taken since then cannot have been received before: a season's photos are not read with every answer.
  const since = IDBKeyRange.bound(["received"], ["received", nowMs - PHOTO_KEPT_DAYS * DAY_MS]);
  for (const row of await tx.objectStore("photos").index("state").getAll(since))
    if (isOld(row, nowMs)) await dropFull(tx, row);
}

async function isVoid(tx: ReadTx, id: string): Promise<boolean> {
  const shown = await tx.objectStore("shown").get(id);
  return shown !== undefined && shown.listed_ms === undefined;
}

/** Somebody has restored the record, and the bytes are still here. */
async function isRestored(tx: ReadTx, { id }: PhotoRow): Promise<boolean> {
  const shown = await tx.objectStore("shown").get(id);
  return shown?.listed_ms !== undefined && (await readFile(tx, id, "full")) !== null;
}

function isOld({ settled_ms }: PhotoRow, nowMs: number): boolean {
  return settled_ms !== null && nowMs - settled_ms > PHOTO_KEPT_DAYS * DAY_MS;
}

/**
 * Whether a retired phone still waits: for what can be sent, and for forms that somebody may come back to within days.
 * Not for what others decide about, or a phone that is retired would never be wiped (P25).
 */
export async function awaitsPhotos(tx: ReadTx, nowMs: number): Promise<boolean> {
  const drafts = await rowsIn(tx, "draft");
  return drafts.some((row) => nowMs - row.saved_ms < PHOTO_KEPT_DAYS * DAY_MS) || (await hasSendable(tx));
}

/** The full pictures that the server has make room for new ones; true when there were any. */
export async function makeRoom(tx: WriteTx): Promise<boolean> {
  const rows = await rowsIn(tx, "received");
  for (const row of rows) await dropFull(tx, row);
  return rows.length > 0;
}

async function dropFull(tx: WriteTx, row: PhotoRow): Promise<void> {
  await tx.objectStore("photo_files").delete([row.id, "full"]);
  await put(tx, { ...row, state: "thumbnail" });
}

async function put(tx: WriteTx, row: PhotoRow): Promise<void> {
  await tx.objectStore("photos").put(row);
}

/** "Send now" ends the wait of every photo that was put off. */
export async function endWaits(tx: WriteTx): Promise<void> {
  const index = tx.objectStore("photos").index("state");
  for (let cursor = await index.openCursor(inState("pending")); cursor; cursor = await cursor.continue()) {
    if (cursor.value.not_before_ms > 0) await cursor.update({ ...cursor.value, not_before_ms: 0 });
  }
}
