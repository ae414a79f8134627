/** The photos of one record, or of a form that is being filled in: taken, shown, counted (P23). */
import { useContext, useRef, useState } from "preact/hooks";
import { pgettext } from "../i18n/index.ts";
import { kindLabel } from "../i18n/kinds.ts";
import { codeOf, problemSentence, problemText } from "../i18n/problems.ts";
import type { PhotoView } from "../photos/contract.ts";
import { DraftContext } from "./draft-context.ts";
import { useEngine } from "./engine-context.ts";
import { Icon } from "./icon.tsx";
import { Thumb } from "./photo-thumb.tsx";
import { PhotoWindow } from "./photo-window.tsx";
import { useBusy } from "./use-busy.ts";
import { useLive } from "./use-live.ts";

const PHOTOS_PER_RECORD_MAX = 30;
const ACCEPT = "image/jpeg,image/*";

interface Props {
  readonly to: { readonly record: string; readonly partition: string };
  readonly mayAdd: boolean;
  /** The form around it is to make the record: its photos wait until it is saved. */
  readonly isNew?: boolean | undefined;
  /** Photos of a record that this phone does not keep, as the server tells of them. */
  readonly online?: readonly PhotoView[];
}

/** Pages on plain http have no hashes, so no photo of theirs could be named. */
const canHash = (crypto as Partial<Crypto>).subtle !== undefined;
const NONE: readonly PhotoView[] = [];
const MISSING: readonly PhotoView["state"][] = ["waiting", "sending", "refused", "missing"];

function Count({ photos }: { photos: readonly PhotoView[] }) {
  const [total, missing] = [photos.length, photos.filter(({ state }) => MISSING.includes(state)).length];
  if (missing === 0) return null;
  return (
    <p class="mark mark-waiting" role="status">
      <Icon name="waiting" />{" "}
      {pgettext("state.photos", "Photos %(done)s of %(total)s", { done: total - missing, total })}
    </p>
  );
}

/** In a form that makes a record: it is not saved without the pictures that somebody has chosen for it. */
function Wait() {
  const sentence = pgettext("photo.wait", "The photos are not ready yet. Wait a moment, then choose “Save” again.");
  return <input type="hidden" name="wait" value={sentence} />;
}

/** Takes or chooses pictures; both inputs are pressed by buttons, which look the same on every phone. */
function Adding({ to, isNew, room }: Pick<Props, "to" | "isNew"> & { room: number }) {
  const engine = useEngine();
  const keepNow = useContext(DraftContext);
  const inputs = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)] as const;
  const [isBusy, run] = useBusy();
  const [progress, setProgress] = useState({ done: 0, total: 0 });
  const [trouble, setTrouble] = useState<string | null>(null);
  const add = (input: HTMLInputElement) =>
    run(async () => {
      const files = [...(input.files ?? [])].slice(0, room);
      // The same picture may be chosen again.
      input.value = "";
      setTrouble(null);
      setProgress({ done: 0, total: files.length });
      try {
        await keepNow();
        const photos = await engine.photos();
        const parent = isNew ? { draft: to.record } : to;
        const outcome = await photos.add(files, parent, (done) => setProgress({ done, total: files.length }));
        if (!outcome.ok) setTrouble(problemText(outcome.problem));
      } catch (thrown) {
        setTrouble(problemSentence(codeOf(thrown)));
      }
    });
  const open = (input: HTMLInputElement | null) => {
    // Begun before the camera opens and not waited for: only a tap itself may open it.
    keepNow().catch(() => undefined);
    input?.click();
  };
  const [camera, gallery] = inputs;
  const change = (event: Event) => add(event.currentTarget as HTMLInputElement);
  return (
    <>
      <p class="hint">{pgettext("notice.photo", "Do not photograph residents' faces, papers or plates")}</p>
      <div class="buttons">
        <input ref={camera} hidden type="file" accept={ACCEPT} capture="environment" onChange={change} />
        <input ref={gallery} hidden type="file" accept={ACCEPT} multiple onChange={change} />
        <button type="button" disabled={isBusy} onClick={() => open(camera.current)}>
          {pgettext("ui.take_photo", "Take a photo")}
        </button>
        <button type="button" disabled={isBusy} onClick={() => open(gallery.current)}>
          {pgettext("ui.choose_photos", "Choose photos")}
        </button>
      </div>
      {isNew && isBusy && <Wait />}
      <div role="status">
        {isBusy && progress.total > 0 && (
          <p class="quiet">
            {pgettext("photo.shrinking", "Making photo %(n)s of %(total)s smaller", {
              n: Math.min(progress.done + 1, progress.total),
              total: progress.total,
            })}
          </p>
        )}
      </div>
      {trouble && (
        <p class="notice notice-error" role="alert">
          {trouble}
        </p>
      )}
    </>
  );
}

export function PhotoPart({ to, mayAdd: mayWrite, isNew, online }: Props) {
  const engine = useEngine();
  const mayAdd = mayWrite && canHash;
  const [openId, setOpenId] = useState<string | null>(null);
  const list = async () => await (await engine.photos()).list(isNew ? { draft: to.record } : { record: to.record });
  const kept = useLive(() => list().catch(() => NONE), [to.record]);
  const photos = online ?? kept ?? NONE;
  const opened = photos.find(({ id }) => id === openId);
  const room = PHOTOS_PER_RECORD_MAX - photos.length;
  if (!mayAdd && photos.length === 0) return null;
  return (
    <section class="part">
      <h2>{kindLabel("photo")}</h2>
      {isNew && photos.length > 0 && <input type="hidden" name="photos" value={photos.length} />}
      <Count photos={photos} />
      <ul class="photos">
        {photos.map((photo) => (
          <Thumb key={photo.id} photo={photo} onOpen={() => setOpenId(photo.id)} />
        ))}
      </ul>
      {mayAdd && room > 0 && <Adding to={to} isNew={isNew} room={room} />}
      {mayAdd && room <= 0 && (
        <p class="hint">
          {pgettext("photo.enough", "A record holds at most %(n)s photos", { n: PHOTOS_PER_RECORD_MAX })}
        </p>
      )}
      {opened && (
        <PhotoWindow
          photo={opened}
          partition={isNew ? null : to.partition}
          mayChange={mayAdd}
          onClose={() => setOpenId(null)}
        />
      )}
    </section>
  );
}
