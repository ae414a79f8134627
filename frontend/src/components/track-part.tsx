/** The track of the open patrol, where the unit keeps one: how far, how exact, and the question for the position. */
import { formatNumber } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { answerAsked, type TrackStatus, trackStatus } from "../tracks/live.ts";
import { useEngine } from "./engine-context.ts";
import { Warning } from "./notice.tsx";
import { useNow } from "./use-now.ts";

const KM_M = 1_000;
/** Nothing was heard for so long: the last accuracy says nothing any more. */
const HEARD_MS_MAX = 30_000;

export function distanceText(metres: number): string {
  if (metres < KM_M) return pgettext("measure.metres", "%(n)s m", { n: formatNumber(Math.round(metres)) });
  return pgettext("measure.km", "%(n)s km", { n: formatNumber(Math.round(metres / 100) / 10) });
}

function Asking({ answer }: { answer: (isAllowed: boolean) => void }) {
  return (
    <div class="notice">
      <p>
        {pgettext(
          "track.why",
          "Your unit keeps the route of patrols, so this device asks for its position. Without it the patrol is recorded all the same.",
        )}
      </p>
      <div class="two">
        <button type="button" onClick={() => answer(true)}>
          {pgettext("track.allow", "Allow position")}
        </button>
        <button type="button" onClick={() => answer(false)}>
          {pgettext("track.not_now", "Patrol without it")}
        </button>
      </div>
    </div>
  );
}

function Measures({ status, nowMs }: { status: TrackStatus; nowMs: number }) {
  const { metres, accuracyM, heardMs } = status;
  const isHeard = accuracyM !== null && heardMs !== null && nowMs - heardMs < HEARD_MS_MAX;
  return (
    <dl class="measures">
      <div>
        <dt>{pgettext("track.distance", "Distance")}</dt>
        <dd>{distanceText(metres)}</dd>
      </div>
      <div>
        <dt>{pgettext("track.accuracy", "Position error")}</dt>
        <dd>{isHeard ? distanceText(accuracyM) : pgettext("ui.no_point", "No position")}</dd>
      </div>
    </dl>
  );
}

export function TrackPart() {
  const nowMs = useNow(useEngine());
  const [status, answer] = [trackStatus.value, answerAsked.value];
  if (answer) return <Asking answer={answer} />;
  if (status?.phase === "refused")
    return <Warning>{pgettext("track.refused", "No position: the patrol is recorded without its route.")}</Warning>;
  return status?.phase === "watching" ? <Measures status={status} nowMs={nowMs} /> : null;
}
