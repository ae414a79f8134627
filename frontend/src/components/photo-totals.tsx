/** How far the photos of this phone have come, on the screen of sync, and those that a person has to look at. */
import { useState } from "preact/hooks";
import { formatNumber } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { kindLabel } from "../i18n/kinds.ts";
import { problemSentence } from "../i18n/problems.ts";
import type { PhotoView } from "../photos/contract.ts";
import { useEngine } from "./engine-context.ts";
import { Warning } from "./notice.tsx";
import { Sent } from "./photo-mark.tsx";
import { Thumb } from "./photo-thumb.tsx";
import { PhotoWindow } from "./photo-window.tsx";
import { useLive } from "./use-live.ts";
import { useNow } from "./use-now.ts";

const MILLION = 1_000_000;
const megabytes = (bytes: number): string => formatNumber(Math.round((bytes / MILLION) * 10) / 10);

const NONE: readonly PhotoView[] = [];

/** Each can be looked at, sent again or removed: some have no record any more on which that could be done. */
function PhotosInNeed() {
  const engine = useEngine();
  const read = async () => await (await engine.photos()).attention();
  const photos = useLive(() => read().catch(() => NONE)) ?? NONE;
  const [openId, setOpenId] = useState<string | null>(null);
  const opened = photos.find(({ id }) => id === openId);
  if (photos.length === 0) return null;
  return (
    <>
      <ul class="photos">
        {photos.map((photo) => (
          <Thumb key={photo.id} photo={photo} onOpen={() => setOpenId(photo.id)} />
        ))}
      </ul>
      {opened && <PhotoWindow photo={opened} partition={null} mayChange onClose={() => setOpenId(null)} />}
    </>
  );
}

export function PhotoTotals() {
  const engine = useEngine();
  const nowMs = useNow(engine);
  const read = async () => await (await engine.photos()).totals();
  const totals = useLive(() => read().catch(() => null));
  const { sending, problem, nextTryMs } = engine.photoStatus.value;
  const drafts = engine.status.value.draftPhotos;
  if (!totals || totals.waiting + totals.refused + totals.received + drafts === 0) return null;
  const seconds = nextTryMs === null ? null : Math.max(0, Math.ceil((nextTryMs - nowMs) / 1000));
  const waiting = pgettext("sync.photos_size", "%(n)s (%(size)s MB)", {
    n: formatNumber(totals.waiting),
    size: megabytes(totals.waitingBytes),
  });
  const facts: readonly (readonly [string, string])[] = [
    [pgettext("sync.photos_waiting", "Photos not yet sent"), totals.waiting > 0 ? waiting : formatNumber(0)],
    [pgettext("sync.photos_received", "Photos that the server has"), formatNumber(totals.received)],
    [pgettext("sync.photos_refused", "Photos in need of attention"), formatNumber(totals.refused)],
    ...(drafts > 0
      ? [[pgettext("sync.photos_drafts", "Photos of forms that are not saved"), formatNumber(drafts)] as const]
      : []),
  ];
  return (
    <section>
      <h2>{kindLabel("photo")}</h2>
      {problem && <Warning>{problemSentence(problem)}</Warning>}
      {sending && <Sent done={sending.sentBytes} total={sending.bytes} />}
      {seconds !== null && totals.waiting > 0 && (
        <p class="quiet">{pgettext("state.next_try", "Next try in %(seconds)s s", { seconds })}</p>
      )}
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <PhotosInNeed />
    </section>
  );
}
