/** What this browser cannot be trusted with, said before anything is recorded in it; and a clock that is wrong. */
import { pgettext } from "../i18n/index.ts";
import { problemSentence } from "../i18n/problems.ts";
import { thisBrowser } from "../platform/browser-kind.ts";
import { useEngine } from "./engine-context.ts";
import { InAppHint } from "./in-app-hint.tsx";
import { LossNote } from "./loss-note.tsx";
import { Warning } from "./notice.tsx";

const MINUTE_MS = 60_000;
/** Below this the clamp of the server does not touch any stamp. */
export const CLOCK_DRIFT_MS_MAX = 300_000;

export function BrowserHints() {
  const engine = useEngine();
  const kind = thisBrowser();
  const driftMs = Math.abs(engine.status.value.clockOffsetMs ?? 0);
  return (
    <>
      <LossNote />
      <InAppHint />
      {kind === "iphone-tab" && (
        <Warning>{pgettext("notice.iphone", "On iPhone, add the app to the home screen before recording")}</Warning>
      )}
      {driftMs > CLOCK_DRIFT_MS_MAX && (
        <Warning>{problemSentence("clock-wrong", { minutes: Math.round(driftMs / MINUTE_MS) })}</Warning>
      )}
    </>
  );
}
