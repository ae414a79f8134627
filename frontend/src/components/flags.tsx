/** What the server has noticed about a record, in words. A flag that this app does not know stays silent. */
import { pgettext } from "../i18n/index.ts";
import { Icon } from "./icon.tsx";

const WORDS: Readonly<Record<string, () => string>> = {
  conflict: () => pgettext("flag.conflict", "Different values"),
  edited_while_void: () => pgettext("flag.edited_while_voided", "Edited after voiding"),
  suspect_clock: () => pgettext("flag.suspect", "Device clock was wrong"),
  possible_duplicate: () => pgettext("flag.duplicate", "Possible duplicate"),
  time_in_future: () => pgettext("flag.time_in_future", "Starts in the future"),
  end_before_start: () => pgettext("flag.end_before_start", "Ends before it starts"),
  over_invited: () => pgettext("flag.over_invited", "More present than invited"),
  stock_exceeded: () => pgettext("flag.stock_exceeded", "More leaflets than in stock"),
  orphan: () => pgettext("flag.orphan", "Its parent record is missing"),
  personal_data_suspected: () => pgettext("flag.personal_data", "May hold personal data"),
};

export function Flags({ flags }: { flags: readonly string[] }) {
  const known = flags.flatMap((flag) => WORDS[flag]?.() ?? []);
  if (known.length === 0) return null;
  return (
    <ul class="flags">
      {known.map((word) => (
        <li key={word} class="mark mark-held">
          <Icon name="held" /> {word}
        </li>
      ))}
    </ul>
  );
}
