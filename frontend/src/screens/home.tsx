/** The start of a shift: one button, the clock while a patrol is open, and what was recorded today. */
import { useState } from "preact/hooks";
import { useEngine } from "../components/engine-context.ts";
import {
  BrowserHints,
  CameBack,
  DraftRows,
  FirstTour,
  KeepBoundaries,
  LockHint,
  MyWeek,
  OnPatrol,
  Pocket,
  UpdateOffer,
} from "../components/lazy-home.ts";
import { PhotoPart } from "../components/lazy-photos.ts";
import { LinkRows } from "../components/link-rows.tsx";
import { Empty, Loading, Warning } from "../components/notice.tsx";
import { RecordRow } from "../components/record-row.tsx";
import { Screen } from "../components/screen.tsx";
import { standingAlone } from "../components/standing-alone.ts";
import { useLive } from "../components/use-live.ts";
import { useNow } from "../components/use-now.ts";
import type { Engine, ShownRecord } from "../engine/contract.ts";
import { dayOf, formatElapsed, formatMoment } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { activityKinds } from "../i18n/kinds.ts";
import { linksFor } from "./links.ts";
import { startPatrol } from "./patrol-start.ts";
import { mayWrite, ownUnit } from "./roles.ts";
import { navigate } from "./router.ts";

const TODAY_MAX = 50;

function PatrolClock({ engine, startedMs }: { engine: Engine; startedMs: number }) {
  const nowMs = useNow(engine);
  const time = formatMoment(startedMs, nowMs);
  return (
    <section class="card clock">
      <p>{pgettext("home.on_patrol", "On patrol since %(time)s", { time })}</p>
      {/* A timer role is not announced: a voice that counted seconds would drown everything else. */}
      <p class="clock-face" role="timer">
        {formatElapsed(nowMs - startedMs)}
      </p>
      <OnPatrol />
      <Pocket startedMs={startedMs} />
    </section>
  );
}

/** A tap opens the results, which end the patrol when they are saved; held for a second, the button ends it at once. */
function held(engine: Engine, patrol: ShownRecord, { currentTarget, timeStamp }: PointerEvent): void {
  if (!(currentTarget instanceof HTMLElement)) return;
  const button = currentTarget;
  // A finger may be gone before the code for it is here.
  const gone = new AbortController();
  for (const name of ["pointerup", "pointercancel", "pointerleave"])
    button.addEventListener(name, () => gone.abort(), { once: true });
  import("./patrol-hold.ts").then(
    ({ hold }) => !gone.signal.aborted && hold(engine, patrol, button, timeStamp),
    () => undefined,
  );
}

function MainAction({ engine, patrol }: { engine: Engine; patrol: ShownRecord | null }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isStarting, setStarting] = useState(false);
  const start = async () => {
    // Two taps on a slow phone are one patrol.
    if (isStarting) return;
    setStarting(true);
    setProblem(await startPatrol(engine));
    setStarting(false);
  };
  return (
    <div>
      {problem && (
        <p class="notice notice-error" role="alert">
          {problem}
        </p>
      )}
      {/* Two keys make two buttons: a double tap on the one must not press the other. */}
      <button
        key={patrol ? "end" : "start"}
        type="button"
        class="primary"
        onClick={patrol ? () => navigate("/patrol/end") : start}
        onPointerDown={patrol ? (event) => held(engine, patrol, event) : undefined}
      >
        {patrol ? pgettext("ui.patrol_end", "End patrol") : pgettext("ui.patrol_start", "Start patrol")}
      </button>
    </div>
  );
}

/** What is recorded most, one tap away; the rest is on the screen "Ghi nhận". */
export const QuickButtons = ({ patrol }: { patrol: ShownRecord | null }) => (
  <div class="buttons">
    {patrol && (
      <button type="button" onClick={() => navigate("/record/incident")}>
        {pgettext("ui.incident_new", "Record an incident")}
      </button>
    )}
    <button type="button" onClick={() => navigate("/record/outreach")}>
      {pgettext("ui.outreach_new", "Record outreach")}
    </button>
    <button type="button" onClick={() => navigate("/record/meeting")}>
      {pgettext("ui.meeting_new", "Record a group meeting")}
    </button>
  </div>
);

function Today({ engine }: { engine: Engine }) {
  const read = useLive(async () => ({
    areas: await engine.areas(),
    records: await engine.list({ kinds: activityKinds(), own: true, limit: TODAY_MAX }),
  }));
  const nowMs = engine.nowMs();
  const today = standingAlone(read?.records ?? []).filter((record) => dayOf(record.createdMs) === dayOf(nowMs));
  return (
    <section>
      <h2>{pgettext("home.today", "Recorded today")}</h2>
      {read === undefined && <Loading />}
      {read && today.length === 0 && <Empty>{pgettext("home.nothing_today", "Nothing recorded today yet.")}</Empty>}
      <ul class="rows">
        {today.map((record) => (
          <RecordRow key={record.id} record={record} areas={read?.areas ?? []} nowMs={nowMs} />
        ))}
      </ul>
    </section>
  );
}

export function Home() {
  const engine = useEngine();
  const found = useLive(async () => ({ patrol: await engine.openPatrol() }));
  const user = engine.session.value?.user;
  const isRecorder = user !== undefined && mayWrite(user.role, "patrol");
  const startedAt = found?.patrol?.fields.started_at;
  return (
    <Screen
      title={pgettext("ui.home", "Home")}
      action={isRecorder && found && <MainAction engine={engine} patrol={found.patrol} />}
    >
      <p class="quiet">
        {[user?.name, isRecorder ? ownUnit(engine)?.name : user?.areas[0]?.name].filter(Boolean).join(" · ")}
      </p>
      {typeof startedAt === "number" && <PatrolClock engine={engine} startedMs={startedAt} />}
      {isRecorder ? (
        <>
          {found?.patrol === null && <FirstTour />}
          <BrowserHints />
          <QuickButtons patrol={found?.patrol ?? null} />
          <CameBack />
          <DraftRows />
          {found?.patrol && <PhotoPart to={{ record: found.patrol.id, partition: found.patrol.partition }} mayAdd />}
          <Today engine={engine} />
          <MyWeek />
          <LockHint />
          <UpdateOffer />
          <KeepBoundaries />
        </>
      ) : (
        <>
          <Warning>
            {pgettext("home.no_recording", "This account reads and manages; it makes no field records.")}
          </Warning>
          <LinkRows links={linksFor(user?.role).filter((link) => !link.isTab)} />
        </>
      )}
    </Screen>
  );
}
