/** One photo, small: a button that opens it. */
import { formatDateTime } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { kindLabel } from "../i18n/kinds.ts";
import type { PhotoView } from "../photos/contract.ts";
import { PhotoMark } from "./photo-mark.tsx";
import { usePicture } from "./photo-picture.ts";

/** What is read out in place of a picture. */
export function photoName({ caption, takenMs }: PhotoView): string {
  if (caption) return caption;
  if (takenMs === null) return kindLabel("photo");
  return pgettext("photo.taken", "Photo taken at %(time)s", { time: formatDateTime(takenMs) });
}

export function Thumb({ photo, onOpen }: { photo: PhotoView; onOpen: () => void }) {
  const { url, problem } = usePicture(photo, "thumb");
  return (
    <li>
      <button type="button" class="photo" onClick={onOpen}>
        {url ? <img src={url} alt={photoName(photo)} /> : <span class="photo-none">{photoName(photo)}</span>}
        {problem?.code === "not-found" && (
          <span class="quiet">{pgettext("photo.not_received", "Not yet received by the server")}</span>
        )}
        <PhotoMark photo={photo} />
      </button>
    </li>
  );
}
