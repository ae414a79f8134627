/** Words for units of measure, and figures written with them. */
import { formatNumber } from "./formats.ts";
import { npgettext, pgettext } from "./index.ts";

const words: Readonly<Record<string, (n: number) => string>> = {
  person: (n) => npgettext("unit.person", "person", "people", n),
  person_turn: (n) => npgettext("unit.person_turn", "attendance", "attendances", n),
  household: (n) => npgettext("unit.household", "household", "households", n),
  household_turn: (n) => npgettext("unit.household_turn", "household contact", "household contacts", n),
  leaflet: (n) => npgettext("unit.leaflet", "leaflet", "leaflets", n),
  session: (n) => npgettext("unit.session", "session", "sessions", n),
  patrol: (n) => npgettext("unit.shift", "patrol", "patrols", n),
  turn: (n) => npgettext("unit.turn", "turn", "turns", n),
  case: (n) => npgettext("unit.case", "case", "cases", n),
  vnd: () => pgettext("unit.vnd", "VND"),
  minute: (n) => npgettext("unit.hour", "hour", "hours", n),
  metre: () => pgettext("unit.km", "km"),
  second: (n) => npgettext("unit.minute", "minute", "minutes", n),
  business: (n) => npgettext("unit.business", "business", "businesses", n),
  room: (n) => npgettext("unit.room", "room", "rooms", n),
  gram: () => pgettext("unit.gram", "g"),
  vote: (n) => npgettext("unit.vote", "vote", "votes", n),
};
/** What is stored in small units is read in larger ones: minutes as hours, metres as kilometres, seconds as minutes. */
const scales: Readonly<Record<string, number>> = { minute: 60, metre: 1000, second: 60 };

/** Empty where the label already says what is counted. */
export const unitLabel = (unit: string | undefined, n = 2): string => (unit ? (words[unit]?.(n) ?? "") : "");

const inUnit = (unit: string | undefined, value: number): number => (unit ? value / (scales[unit] ?? 1) : value);

export const formatIn = (unit: string | undefined, value: number): string => formatNumber(inUnit(unit, value));

export const formatWithUnit = (unit: string | undefined, value: number): string =>
  [formatIn(unit, value), unitLabel(unit, inUnit(unit, value))].filter(Boolean).join("\u00a0");
