/** What the plain forms ask, in the order of their importance: the first on the screen, the rest behind "Thêm". */
import { pgettext } from "../../i18n/index.ts";
import type { First } from "../forms/kind-fields.tsx";

export interface FormSpec {
  readonly kind: string;
  readonly main: readonly string[];
  readonly more: readonly string[];
  /** What "như lần trước" takes over: what repeats, never a count of what happened, a time or a note. */
  readonly repeats: readonly string[];
  /** What most people would choose. */
  readonly usual: Readonly<Record<string, string | number>>;
  /** Of long vocabularies: the usual answers, after those that were chosen lately. */
  readonly first: First;
  /** Work with single people is kept at the commune, without a place or a picture (`domain.md` 6). */
  readonly hasPlace: boolean;
  /** It may belong to the patrol that is open. */
  readonly inPatrol: boolean;
  /** From the paper book: both times are asked for first, and both are needed. */
  readonly isPast?: boolean;
  readonly title: () => string;
}

const SHARED = ["ended_at", "place_note", "note"];
const PLACED = { hasPlace: true, inPatrol: false, usual: {}, first: {}, repeats: ["place"] };

export const SPECS: readonly FormSpec[] = [
  {
    ...PLACED,
    kind: "incident",
    main: ["category", "outcomes", "cases", "people"],
    more: ["fine_vnd", "seized_items", ...SHARED],
    usual: { cases: 1 },
    first: { category: ["pavement", "late_gathering", "noise", "traffic", "disorder", "fighting"] },
    inPatrol: true,
    title: () => pgettext("ui.incident_new", "Record an incident"),
  },
  {
    ...PLACED,
    kind: "patrol",
    main: ["route", "officers", "grassroots", "militia", "transport", "patrol_type"],
    more: ["led_by", "others", "place_note", "note"],
    repeats: ["place", "route", "officers", "grassroots", "militia", "transport", "patrol_type", "led_by"],
    usual: { patrol_type: "regular", led_by: "police" },
    isPast: true,
    title: () => pgettext("ui.patrol_late", "Enter a past patrol"),
  },
  {
    ...PLACED,
    kind: "handout",
    main: ["leaflet", "leaflets", "households"],
    more: SHARED,
    repeats: ["place", "leaflet"],
    title: () => pgettext("ui.handout_new", "Record a leaflet hand-out"),
  },
  {
    ...PLACED,
    kind: "inspection",
    main: ["business_type", "planned", "businesses", "violations", "reminders", "written_records"],
    more: ["fines", "fine_vnd", "revocations_proposed", ...SHARED],
    repeats: ["place", "business_type", "planned"],
    first: { business_type: ["karaoke", "lodging", "rental_rooms", "pawn", "massage", "printing"] },
    title: () => pgettext("ui.inspection_new", "Record an inspection"),
  },
  {
    ...PLACED,
    kind: "residence_check",
    main: ["households", "rental_rooms", "violations", "reminders", "written_records"],
    more: SHARED,
    title: () => pgettext("ui.residence_check_new", "Record a residence check"),
  },
  {
    ...PLACED,
    kind: "tips",
    main: ["received", "useful", "forwarded"],
    more: SHARED,
    title: () => pgettext("ui.tips_new", "Record tip-offs"),
  },
  {
    ...PLACED,
    kind: "handin",
    main: ["firearms", "explosives_g", "support_tools", "crude_weapons", "fireworks_g"],
    more: SHARED,
    title: () => pgettext("ui.handin_new", "Record weapons handed in"),
  },
  {
    ...PLACED,
    kind: "support",
    main: ["meetings", "people_assigned", "people_progressing", "people_employed", "loans", "relapses"],
    more: ["ended_at", "note"],
    repeats: ["people_assigned", "people_progressing", "people_employed", "loans"],
    hasPlace: false,
    title: () => pgettext("ui.support_new", "Record reintegration work"),
  },
];

export const specOf = (kind: string): FormSpec | undefined => SPECS.find((spec) => spec.kind === kind);
