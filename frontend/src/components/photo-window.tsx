/** One photo, large, with what can be done about it. Stands inside forms, so it holds no form of its own. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Outcome } from "../engine/contract.ts";
import { formatDateTime } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { fieldLabel } from "../i18n/kinds.ts";
import { codeOf, problemSentence, problemText } from "../i18n/problems.ts";
import type { PhotoView } from "../photos/contract.ts";
import { useEngine } from "./engine-context.ts";
import { NoteField } from "./field.tsx";
import { Warning } from "./notice.tsx";
import { PhotoMark } from "./photo-mark.tsx";
import { usePicture } from "./photo-picture.ts";
import { photoName } from "./photo-thumb.tsx";
import { useBusy } from "./use-busy.ts";

interface Props {
  readonly photo: PhotoView;
  /** Of the record that it hangs on; null for a form that is not saved. */
  readonly partition: string | null;
  readonly mayChange: boolean;
  readonly onClose: () => void;
}

/** What was typed into a field of this window. */
const typedIn = (name: string): string =>
  (document.getElementById(name) as HTMLTextAreaElement | null)?.value.normalize("NFC").trim() ?? "";

function Large({ photo }: { photo: PhotoView }) {
  const [full, thumb] = [usePicture(photo, "full"), usePicture(photo, "thumb")];
  const url = full.url ?? thumb.url;
  return (
    <figure>
      {url && <img src={url} alt={photoName(photo)} />}
      <figcaption>
        {photo.takenMs !== null && <span class="quiet">{formatDateTime(photo.takenMs)}</span>}
        <PhotoMark photo={photo} />
      </figcaption>
      {full.problem && thumb.url && (
        <p class="quiet">{pgettext("photo.full_online", "The full photo can be seen online.")}</p>
      )}
      {full.problem && !thumb.url && <Warning>{problemText(full.problem)}</Warning>}
    </figure>
  );
}

function Removing({ photo, act, onRemoved }: Pick<Props, "photo"> & { act: Act; onRemoved: () => void }) {
  const engine = useEngine();
  const [isAsking, setAsking] = useState(false);
  const label = pgettext("photo.remove", "Remove this photo");
  const remove = () => {
    const reason = typedIn("photo_reason");
    const asked = pgettext("photo.no_reason", "Write the reason, then choose “Remove this photo”");
    if (!photo.isLoose && !reason) return act(async () => asked);
    return act(async () => {
      const photos = await engine.photos();
      if (photo.isLoose) await photos.dropLoose(photo.id);
      else return told(await photos.remove(photo.id, reason));
      return null;
    }, onRemoved);
  };
  const isReady = isAsking || photo.isLoose;
  return (
    <>
      {isAsking && <NoteField name="photo_reason" label={pgettext("photo.reason", "Reason for removing the photo")} />}
      <button type="button" class="danger" onClick={isReady ? remove : () => setAsking(true)}>
        {label}
      </button>
    </>
  );
}

function Caption({ photo, partition, act }: { photo: PhotoView; partition: string; act: Act }) {
  const engine = useEngine();
  const save = () =>
    act(async () => {
      const caption = typedIn("photo_caption") || null;
      return told(await engine.save([{ record: photo.id, kind: "photo", partition, set: { caption } }]));
    });
  return (
    <>
      <NoteField name="photo_caption" label={fieldLabel("photo", "caption")} value={photo.caption ?? ""} />
      <button type="button" onClick={save}>
        {pgettext("photo.save_caption", "Save the caption")}
      </button>
    </>
  );
}

/** Null, or the sentence to show; `then` where all went well. */
type Act = (work: () => Promise<string | null>, then?: () => void) => Promise<void>;

const told = (outcome: Outcome<null>): string | null => (outcome.ok ? null : problemText(outcome.problem));

export function PhotoWindow({ photo, partition, mayChange, onClose }: Props) {
  const engine = useEngine();
  const box = useRef<HTMLDialogElement>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isBusy, run] = useBusy();
  // The rest of the page is out of reach until it is closed, by a button or by the phone's own "back".
  useEffect(() => box.current?.showModal(), []);
  const act: Act = (work, then) =>
    run(async () => {
      const found = await work().catch((thrown: unknown) => problemSentence(codeOf(thrown)));
      setTrouble(found);
      if (found === null) then?.();
    });
  /** The button that opened it goes with the photo: the focus stays near where it was. */
  const removed = () => {
    const heading = box.current?.closest("section")?.querySelector("h2");
    box.current?.close();
    onClose();
    if (heading) heading.tabIndex = -1;
    heading?.focus();
  };
  const retry = () =>
    act(async () => {
      await (await engine.photos()).retry(photo.id);
      return null;
    });
  return (
    <dialog ref={box} class="photo-window" aria-label={photoName(photo)} onClose={onClose} aria-busy={isBusy}>
      <Large photo={photo} />
      {photo.code && <Warning>{problemSentence(photo.code)}</Warning>}
      {trouble && (
        <p class="notice notice-error" role="alert">
          {trouble}
        </p>
      )}
      <div class="buttons">
        {photo.state === "refused" && (
          <button type="button" onClick={retry}>
            {pgettext("photo.retry", "Send again")}
          </button>
        )}
        {mayChange && partition && <Caption photo={photo} partition={partition} act={act} />}
        {mayChange && <Removing photo={photo} act={act} onRemoved={removed} />}
        <button type="button" onClick={() => box.current?.close()}>
          {pgettext("ui.close", "Close")}
        </button>
      </div>
    </dialog>
  );
}
