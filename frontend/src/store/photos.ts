/** Photos of this phone: each is stored whole, together with the operation that makes its record, or not at all (A19). */
import type { Value } from "../sync/core/value.ts";
import { type DraftName, settleDraft } from "./drafts.ts";
import { offeredRange } from "./offering.ts";
import { inState, offered } from "./photo-rows.ts";
import { type SaveChange, type SaveMoment, saveChanges } from "./save.ts";
import type { PhotoRow, PhotoSize, PhotoState, ReadTx, ShownRow, WriteTx } from "./schema.ts";
import { type Owner, readKnown } from "./shown.ts";

/** A picture that is ready to be stored: shrunk, stripped, measured. */
export interface Shot {
  readonly id: string;
  readonly full: ArrayBuffer;
  readonly thumb: ArrayBuffer;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly taken_ms: number;
}

/** A record that is stored already, or the id of one whose form is yet to be saved. */
export type PhotoParent =
  | { readonly record: string; readonly partition: string; readonly draft?: never }
  | { readonly draft: string; readonly record?: never };

export async function addPhoto(
  tx: WriteTx,
  owner: Owner,
  shot: Shot,
  to: PhotoParent,
  moment: SaveMoment,
): Promise<void> {
  const row = rowOf(shot, to, moment.nowMs);
  if (to.draft === undefined) await saveChanges(tx, owner, [photoChange(row, to.record, to.partition)], moment);
  // `add`, not `put`: an id that is taken must abort, never replace a photo.
  await tx.objectStore("photos").add(row);
  await tx.objectStore("photo_files").add(shot.full, [shot.id, "full"]);
  await tx.objectStore("photo_files").add(shot.thumb, [shot.id, "thumb"]);
}

function rowOf(shot: Shot, to: PhotoParent, saved_ms: number): PhotoRow {
  const { id, full, sha256, width, height, taken_ms } = shot;
  const size = { sha256, bytes: full.byteLength, width, height };
  const standing = { upload: null, failures: 0, not_before_ms: 0, code: null, settled_ms: null };
  const place = { state: to.draft === undefined ? "pending" : "draft", parent: to.record ?? to.draft } as const;
  return { id, ...place, ...size, taken_ms, saved_ms, ...standing };
}

function photoChange(row: PhotoRow, parent: string, partition: string): SaveChange {
  const { id, sha256, bytes, width, height, taken_ms: taken_at } = row;
  return { record: id, kind: "photo", partition, set: { parent, sha256, bytes, width, height, taken_at } };
}

/** The record of a form and the photos that were taken for it, in one transaction: all of it or nothing. */
export async function saveWithDrafts(
  tx: WriteTx,
  owner: Owner,
  changes: readonly SaveChange[],
  to: { readonly record: string; readonly partition: string },
  moment: SaveMoment,
  draft?: DraftName,
): Promise<void> {
  const drafts = await draftsOf(tx, to.record);
  const photos = drafts.map((row) => photoChange(row, to.record, to.partition));
  await saveChanges(tx, owner, [...changes, ...photos], moment);
  for (const row of drafts) await tx.objectStore("photos").put({ ...row, state: "pending" });
  if (draft) await settleDraft(tx, draft);
}

export async function draftsOf(tx: ReadTx, record: string): Promise<PhotoRow[]> {
  const rows = await rowsOf(tx, record);
  return rows.filter((row) => row.state === "draft");
}

/** In the order in which they were taken. */
export async function rowsOf(tx: ReadTx, parent: string): Promise<PhotoRow[]> {
  const rows = await tx.objectStore("photos").index("parent").getAll(parent);
  return rows.sort((a, b) => a.saved_ms - b.saved_ms || (a.id < b.id ? -1 : 1));
}

/** The record of a photo left this phone with its area before its bytes were sent. */
export const UNRECORDED = "photo-unrecorded";

/** A photo that no record has, not yet or no more, may go without a trace. */
export async function dropLoose(tx: WriteTx, id: string): Promise<void> {
  const row = await tx.objectStore("photos").get(id);
  if (row?.state === "draft" || (row?.state === "refused" && (await isUnrecorded(tx, id)))) await forget(tx, id);
}

/** Nothing of its record is here any more, neither a copy nor an operation. */
export async function isUnrecorded(tx: ReadTx, id: string): Promise<boolean> {
  return (await tx.objectStore("shown").getKey(id)) === undefined;
}

/** What a person has to look at: refused, or taken for a form that was never saved; oldest first. */
export async function looseOrRefused(tx: ReadTx): Promise<PhotoRow[]> {
  return [...(await rowsIn(tx, "refused")), ...(await rowsIn(tx, "draft"))];
}

export async function forget(tx: WriteTx, id: string): Promise<void> {
  await tx.objectStore("photos").delete(id);
  for (const size of ["full", "thumb"] as const) await tx.objectStore("photo_files").delete([id, size]);
}

export async function readFile(tx: ReadTx, id: string, size: PhotoSize): Promise<ArrayBuffer | null> {
  return (await tx.objectStore("photo_files").get([id, size])) ?? null;
}

/** What became of one photo; nothing when it is no longer to be sent, whatever was in flight. */
export async function advance(tx: WriteTx, id: string, change: Partial<PhotoRow>): Promise<void> {
  const row = await tx.objectStore("photos").get(id);
  if (row?.state === "pending") await tx.objectStore("photos").put({ ...row, ...change });
}

/** A person wants it tried again. */
export async function retryPhoto(tx: WriteTx, id: string): Promise<void> {
  const row = await tx.objectStore("photos").get(id);
  if (row?.state === "refused" || row?.state === "pending") await tx.objectStore("photos").put(offered(row));
}

/** Its record is made void, and with that it leaves the queue. */
export async function removePhoto(
  tx: WriteTx,
  owner: Owner,
  photo: Pick<ShownRow, "id" | "partition">,
  reason: Value,
  moment: SaveMoment,
): Promise<void> {
  const { id: record, partition } = photo;
  await saveChanges(tx, owner, [{ record, kind: "photo", partition, set: { void: reason } }], moment);
  const row = await tx.objectStore("photos").get(record);
  if (row) await tx.objectStore("photos").put({ ...row, state: "removed", settled_ms: moment.nowMs });
}

/** The oldest photo whose turn has come, else when the next one's comes; null when none will come by waiting. */
export type NextPhoto =
  | { readonly row: PhotoRow; readonly nextMs?: never }
  | { readonly row: null; readonly nextMs: number | null };

export async function nextPhoto(tx: ReadTx, nowMs: number): Promise<NextPhoto> {
  let nextMs: number | null = null;
  const index = tx.objectStore("photos").index("state");
  const toOffer = await offeredRange(tx);
  for (let cursor = await index.openCursor(inState("pending")); cursor; cursor = await cursor.continue()) {
    const row = cursor.value;
    if (!(await isSendable(tx, row.id, toOffer))) continue;
    if (row.not_before_ms <= nowMs) return { row };
    nextMs = Math.min(nextMs ?? row.not_before_ms, row.not_before_ms);
  }
  return { row: null, nextMs };
}

/** Whether anything is here that can still be sent by itself. */
export async function hasSendable(tx: ReadTx): Promise<boolean> {
  return (await nextPhoto(tx, Number.MAX_SAFE_INTEGER)).row !== null;
}

/** The server knows its record (P23), has not still to be offered it again (P20), and it has not been removed. */
async function isSendable(tx: ReadTx, id: string, toOffer: IDBKeyRange | null): Promise<boolean> {
  const { record, own, waiting } = await readKnown(tx, id);
  const shown = await tx.objectStore("shown").get(id);
  if (shown && shown.listed_ms === undefined) return false;
  if (record && !toOffer) return true;
  const receipted = await tx.objectStore("receipted").index("record").getAll(id);
  if (receipted.some((row) => toOffer?.includes(row.n))) return false;
  if (record) return true;
  if (receipted.some((row) => row.receipt.status === "accepted")) return true;
  // Its receipt was forgotten with age or with its area (P19): only the server can say now.
  return waiting.length === 0 && own.length === 0;
}

/** Photos received, of all, by record: only of records that still miss some. */
export async function countByRecord(tx: ReadTx): Promise<Map<string, { done: number; total: number }>> {
  const missing = new Map<string, number>();
  for (const state of ["pending", "refused"] as const) {
    for (const { parent } of await rowsIn(tx, state)) missing.set(parent, (missing.get(parent) ?? 0) + 1);
  }
  const counts = [...missing].map(async ([parent, n]) => {
    const total = (await photosBelow(tx, parent)).length;
    return [parent, { done: Math.max(0, total - n), total: Math.max(total, n) }] as const;
  });
  return new Map(await Promise.all(counts));
}

/** The records of kind `photo` below one, whoever took them; void ones are hidden (P10). */
export async function photosBelow(tx: ReadTx, parent: string): Promise<ShownRow[]> {
  const rows = await tx.objectStore("shown").index("parent").getAll(parent);
  const photos = rows.filter((row) => row.kind === "photo" && row.listed_ms !== undefined);
  return photos.sort((a, b) => a.created_ms - b.created_ms || (a.id < b.id ? -1 : 1));
}

/** Sums over this phone's own photos; what the server has is counted, not read. */
export async function sumPhotos(tx: ReadTx): Promise<PhotoSums> {
  const index = tx.objectStore("photos").index("state");
  const [pending, refused, received, thumbnails] = await Promise.all([
    rowsIn(tx, "pending"),
    index.count(inState("refused")),
    index.count(inState("received")),
    index.count(inState("thumbnail")),
  ]);
  const waitingBytes = pending.reduce((sum, row) => sum + row.bytes - (row.upload?.offset ?? 0), 0);
  return { waiting: pending.length, waitingBytes, refused, received: received + thumbnails };
}

export interface PhotoSums {
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly refused: number;
  readonly received: number;
}

/** A draft that a person throws away, with the photos that no record has got. */
export async function dropDraft(tx: WriteTx, draft: DraftName): Promise<void> {
  await settleDraft(tx, draft);
  for (const { id } of await draftsOf(tx, draft.record)) await forget(tx, id);
}

export async function rowsIn(tx: ReadTx, state: PhotoState): Promise<PhotoRow[]> {
  return await tx.objectStore("photos").index("state").getAll(inState(state));
}
