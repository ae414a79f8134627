/** Says that a form goes on with a draft, and takes it away on request. */
import { say } from "../../components/flash.ts";
import { formatMoment } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence } from "../../i18n/problems.ts";
import type { Opening } from "./opening.ts";

export function DraftNote({ opening }: { opening: Opening }) {
  if (!opening.draft) return null;
  const time = formatMoment(opening.draft.savedMs, opening.nowMs);
  const drop = () => opening.drop().catch((error: unknown) => say(problemSentence(codeOf(error)), false));
  return (
    <div class="notice">
      <p>{pgettext("draft.resumed", "Going on with the draft of %(time)s", { time })}</p>
      <button type="button" onClick={drop}>
        {pgettext("draft.drop", "Throw the draft away")}
      </button>
    </div>
  );
}
