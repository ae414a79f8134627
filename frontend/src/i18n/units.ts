/** Words for units of measure, and figures written with them. */
import { formatNumber } from "./formats.ts";
import { pgettext } from "./index.ts";

const words: Readonly<Record<string, () => string>> = {
  person: () => pgettext("unit.person", "people"),
  person_turn: () => pgettext("unit.person_turn", "attendances"),
  household: () => pgettext("unit.household", "households"),
  household_turn: () => pgettext("unit.household_turn", "household contacts"),
  leaflet: () => pgettext("unit.leaflet", "leaflets"),
  session: () => pgettext("unit.session", "sessions"),
  patrol: () => pgettext("unit.shift", "patrols"),
  turn: () => pgettext("unit.turn", "turns"),
  case: () => pgettext("unit.case", "cases"),
  vnd: () => pgettext("unit.vnd", "VND"),
  minute: () => pgettext("unit.hour", "hours"),
  metre: () => pgettext("unit.km", "km"),
  second: () => pgettext("unit.minute", "minutes"),
  business: () => pgettext("unit.business", "businesses"),
  room: () => pgettext("unit.room", "rooms"),
  gram: () => pgettext("unit.gram", "g"),
  vote: () => pgettext("unit.vote", "votes"),
};
/** What is stored in small units is read in larger ones: minutes as hours, metres as kilometres, seconds as minutes. */
const scales: Readonly<Record<string, number>> = { minute: 60, metre: 1000, second: 60 };

/** Empty where the label already says what is counted. */
export const unitLabel = (unit: string | undefined): string => (unit ? (words[unit]?.() ?? "") : "");

export const formatIn = (unit: string | undefined, value: number): string =>
  formatNumber(unit ? value / (scales[unit] ?? 1) : value);

export const formatWithUnit = (unit: string | undefined, value: number): string =>
  [formatIn(unit, value), unitLabel(unit)].filter(Boolean).join("\u00a0");
