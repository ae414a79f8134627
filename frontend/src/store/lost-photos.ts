/** The pictures of photos whose records came back without them: no spare copy has room for those, and people are told. */
import type { OutboxRow, PhotoRow, WriteTx } from "./schema.ts";

/** As the queue says of a picture that it does not find: take it again, or take it off the record. */
const CODE = "photo-lost";

export async function noteLostPhotos(tx: WriteTx, rows: readonly OutboxRow[]): Promise<void> {
  const photos = tx.objectStore("photos");
  for (const row of rows) {
    const lost = lostPhoto(row);
    if (lost && !(await photos.getKey(lost.id))) await photos.put(lost);
  }
}

/** Null for an operation that did not make a photo's record. */
function lostPhoto({ record: id, operation, saved_ms }: OutboxRow): PhotoRow | null {
  const { parent, sha256, bytes, width, height, taken_at } = operation.set;
  if (operation.kind !== "photo" || typeof parent !== "string" || typeof sha256 !== "string") return null;
  const size = { bytes: Number(bytes), width: Number(width), height: Number(height) };
  const standing = { upload: null, failures: 0, not_before_ms: 0, settled_ms: null };
  return {
    id,
    state: "refused",
    parent,
    sha256,
    ...size,
    taken_ms: Number(taken_at),
    saved_ms,
    ...standing,
    code: CODE,
  };
}
