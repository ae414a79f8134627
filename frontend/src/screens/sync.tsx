/** The truth about the outbox: what waits, when it was last emptied, when it is tried again, and what the server holds. */

import { CLOCK_DRIFT_MS_MAX } from "../components/browser-hints.tsx";
import { useEngine } from "../components/engine-context.ts";
import { Empty, Loading, Warning } from "../components/notice.tsx";
import { PhotoTotals } from "../components/photo-totals.tsx";
import { RecordRow } from "../components/record-row.tsx";
import { Screen } from "../components/screen.tsx";
import { UpdateOffer } from "../components/update-offer.tsx";
import { useLive } from "../components/use-live.ts";
import { useNow } from "../components/use-now.ts";
import { VERSION } from "../components/version.ts";
import type { Area, Engine, HeldOperation, ShownRecord, SyncStatus } from "../engine/contract.ts";
import { formatDateTime, formatNumber } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { problemSentence } from "../i18n/problems.ts";
import { Attention } from "./held/attention.tsx";
import { SealedFiles } from "./sealed-file.tsx";

const LISTED_MAX = 500;
const MEBIBYTE = 1_048_576;

function phaseText(status: SyncStatus): string {
  if (status.offline) return pgettext("state.offline", "Offline");
  switch (status.phase) {
    case "sending":
      return pgettext("state.sending_one", "Sending");
    case "waiting-to-retry":
      return pgettext("state.failed", "Not sent, will retry");
    case "needs-sign-in":
      return pgettext("state.sign_in_again", "Sign in again to send. Recording still works.");
    case "stopped":
      return pgettext("state.stopped", "Sync is stopped on this device");
    case "idle":
      return status.waitingRecords + status.waitingPhotos > 0
        ? pgettext("state.waiting", "Waiting to send")
        : pgettext("state.nothing_waits", "Nothing waits to be sent");
  }
}

interface FactsProps {
  readonly engine: Engine;
  readonly sending: number;
  readonly received: number;
  readonly undecided: number;
}

function Facts({ engine, sending, received, undecided }: FactsProps) {
  const status = engine.status.value;
  const nowMs = useNow(engine);
  const storage = useLive(() => engine.storage());
  const seconds = status.nextTryMs === null ? null : Math.max(0, Math.ceil((status.nextTryMs - nowMs) / 1000));
  const never = pgettext("sync.never", "Not yet");
  const [yes, no, unknown] = [pgettext("ui.yes", "Yes"), pgettext("ui.no", "No"), pgettext("ui.unknown", "Unknown")];
  const used = storage?.usedBytes;
  const facts: readonly (readonly [string, string])[] = [
    [pgettext("sync.waiting", "Not yet sent"), formatNumber(status.waitingRecords)],
    [pgettext("sync.sending", "In the batch on its way"), formatNumber(sending)],
    [pgettext("sync.received", "Own records that the server has"), formatNumber(received)],
    [pgettext("ui.needs_attention", "Needs attention"), formatNumber(status.heldRecords + undecided)],
    [
      pgettext("sync.last_success", "Last success"),
      status.lastSuccessMs === null ? never : formatDateTime(status.lastSuccessMs),
    ],
    [
      pgettext("sync.next_try", "Next try"),
      seconds === null ? "–" : pgettext("state.next_try", "Next try in %(seconds)s s", { seconds }),
    ],
    [
      pgettext("sync.storage", "Storage used"),
      typeof used === "number" ? `${formatNumber(Math.round((used / MEBIBYTE) * 10) / 10)} MB` : unknown,
    ],
    [
      pgettext("sync.persisted", "The browser keeps the data"),
      storage?.persisted === true ? yes : storage?.persisted === false ? no : unknown,
    ],
    [pgettext("ui.version", "App version"), VERSION],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Warnings({ engine }: { engine: Engine }) {
  const status = engine.status.value;
  const storage = useLive(() => engine.storage());
  const driftMs = Math.abs(status.clockOffsetMs ?? 0);
  return (
    <>
      {status.firstLoadRecords !== null && (
        <Warning>
          {pgettext("state.first_load_n", "First load: %(n)s records so far, not complete", {
            n: status.firstLoadRecords,
          })}
        </Warning>
      )}
      {status.hasDamaged && <Warning>{problemSentence("row-damaged")}</Warning>}
      {status.problem && <Warning>{problemSentence(status.problem)}</Warning>}
      {driftMs > CLOCK_DRIFT_MS_MAX && (
        <Warning>{problemSentence("clock-wrong", { minutes: Math.round(driftMs / 60_000) })}</Warning>
      )}
      {storage?.persisted === false && <Warning>{problemSentence("storage-not-persistent")}</Warning>}
    </>
  );
}

interface Read {
  readonly areas: readonly Area[];
  readonly own: readonly ShownRecord[];
  /** With those that were made void, which no list shows. */
  readonly unsent: readonly ShownRecord[];
  readonly held: readonly HeldOperation[];
  readonly undecided: number;
}

async function readAll(engine: Engine): Promise<Read> {
  const decisions = await engine.decisions();
  const [areas, own, unsent, held, undecided] = await Promise.all([
    engine.areas(),
    engine.list({ own: true, limit: LISTED_MAX }),
    decisions.unsent(LISTED_MAX),
    decisions.held(),
    decisions.undecided(LISTED_MAX),
  ]);
  // A photo is told of by the record that it hangs on, and by the totals.
  const isApart = ({ kind }: ShownRecord) => kind !== "photo";
  return { areas, own: own.filter(isApart), unsent: unsent.filter(isApart), held, undecided: undecided.length };
}

export function Sync() {
  const engine = useEngine();
  const status = engine.status.value;
  const read = useLive(() => readAll(engine));
  const photos = engine.photoStatus.value.byRecord;
  const listed = new Set(read?.unsent.map(({ id }) => id));
  const withPhotos = (read?.own ?? []).filter(({ id }) => photos.has(id) && !listed.has(id));
  const unsent = [...(read?.unsent ?? []), ...withPhotos];
  const sending = (read?.unsent ?? []).filter(({ state }) => state === "sending").length;
  const received = (read?.own ?? []).filter((one) => one.state === "received" && !photos.has(one.id)).length;
  return (
    <Screen title={pgettext("ui.sync_title", "Data sync")}>
      <p role="status" class="phase">
        {phaseText(status)}
      </p>
      <Warnings engine={engine} />
      <div class="buttons">
        <button type="button" class="primary" onClick={() => engine.sendNow()}>
          {pgettext("ui.send_now", "Send now")}
        </button>
      </div>
      <UpdateOffer />
      {read && <Attention {...read} />}
      <Facts engine={engine} sending={sending} received={received} undecided={read?.undecided ?? 0} />
      <PhotoTotals />
      <section>
        <h2>{pgettext("sync.unsent", "Records not yet sent")}</h2>
        {read === undefined && <Loading />}
        {read && unsent.length === 0 && (
          <Empty>{pgettext("sync.all_received", "The server has every record of this device.")}</Empty>
        )}
        <ul class="rows">
          {unsent.map((record) => (
            <RecordRow key={record.id} record={record} areas={read?.areas ?? []} nowMs={engine.nowMs()} />
          ))}
        </ul>
      </section>
      <SealedFiles />
    </Screen>
  );
}
