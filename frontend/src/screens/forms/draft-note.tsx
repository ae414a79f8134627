/** Says that a form goes on with a draft, and takes it away on request. */
import { formatMoment } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import type { Opening } from "./opening.ts";

export function DraftNote({ opening }: { opening: Opening }) {
  if (!opening.draft) return null;
  const time = formatMoment(opening.draft.savedMs, opening.nowMs);
  return (
    <div class="notice">
      <p>{pgettext("draft.resumed", "Going on with the draft of %(time)s", { time })}</p>
      <button type="button" onClick={opening.drop}>
        {pgettext("draft.drop", "Throw the draft away")}
      </button>
    </div>
  );
}
