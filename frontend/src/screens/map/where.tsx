/** "My position": asked for by a tap alone, after a sentence that says what it is for. */
import { useState } from "preact/hooks";
import { Warning } from "../../components/notice.tsx";
import { formatNumber } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { askPosition, type Here, type NoPosition } from "../../platform/one-position.ts";

function sentenceFor(reason: NoPosition): string {
  return reason === "refused"
    ? pgettext("map.where_refused", "This device does not let the app use its position. Allow it in the settings.")
    : pgettext("map.where_unknown", "The device does not find its position. Try again under the open sky.");
}

interface Props {
  readonly here: Here | null;
  readonly onFound: (here: Here) => void;
}

export function Where({ here, onFound }: Props) {
  const [state, setState] = useState<"asking" | NoPosition | null>(null);
  const ask = async () => {
    setState("asking");
    const answer = await askPosition();
    setState(typeof answer === "string" ? answer : null);
    if (typeof answer !== "string") onFound(answer);
  };
  return (
    <>
      <p class="hint">
        {pgettext(
          "map.where_hint",
          "The device finds its position once, to mark it on this map. It is not kept and not sent.",
        )}
      </p>
      <div class="map-buttons">
        <button type="button" disabled={state === "asking"} onClick={ask}>
          {pgettext("map.where", "My position")}
        </button>
      </div>
      <p role="status">
        {state === "asking" && pgettext("map.where_asking", "Finding the position")}
        {state === null &&
          here &&
          pgettext("map.where_found", "You are within %(n)s m of the ringed point.", {
            n: formatNumber(here.accuracyM),
          })}
      </p>
      {(state === "refused" || state === "unknown") && <Warning>{sentenceFor(state)}</Warning>}
    </>
  );
}
