/** The photos of a record, on its page: those of this phone with their way to the server, others as the server has them. */
import { useEngine } from "../../components/engine-context.ts";
import { PhotoPart } from "../../components/photo-part.tsx";
import type { ShownRecord } from "../../engine/contract.ts";
import { kindOf } from "../../i18n/kinds.ts";
import type { PhotoView } from "../../photos/contract.ts";
import { mayWrite } from "../roles.ts";
import type { WirePhoto, WireRecord } from "../wire.ts";

/** Of every activity but the most sensitive one, which is counts alone (`records.md`). */
export const takesPhotos = (kind: string): boolean => kindOf(kind)?.activity === true && kind !== "support";

export function RecordPhotos({ record }: { record: ShownRecord }) {
  const engine = useEngine();
  const role = engine.session.value?.user.role;
  const unit = engine.partitions.value.find(({ id }) => id === record.partition);
  const isOpen = unit?.access === "write" && typeof record.fields.void !== "string";
  if (!takesPhotos(record.kind)) return null;
  const mayAdd = isOpen && role !== undefined && mayWrite(role, "photo");
  return <PhotoPart to={{ record: record.id, partition: record.partition }} mayAdd={mayAdd} />;
}

/** A record that this phone does not keep. */
export function OnlinePhotos({ record }: { record: WireRecord }) {
  const photos = (record.photos ?? []).map(viewOf);
  return <PhotoPart to={{ record: record.id, partition: record.partition }} mayAdd={false} online={photos} />;
}

export const isPhoto = ({ kind }: { readonly kind: string }): boolean => kind === "photo";

function viewOf({ id, sha256, received }: WirePhoto): PhotoView {
  const unknown = { code: null, bytes: 0, sentBytes: 0, takenMs: null, caption: null, isLoose: false };
  return { id, sha256, state: received ? "received" : "missing", ...unknown };
}
