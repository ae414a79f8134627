/** What `GET /api/v1/figures` answers, and which measures are shown of it. */
import { type Measure, measures } from "../../i18n/measures.ts";

export type Figures = Readonly<Record<string, number | null>>;
export interface Row {
  readonly area?: string | null;
  readonly period?: string;
  readonly figures: Figures;
  readonly reported: boolean;
}
export interface Answer {
  readonly as_of_ms: number;
  readonly complete: { readonly devices: number; readonly synced: number; readonly waiting_operations: number };
  readonly rows: readonly Row[];
  readonly total: { readonly figures: Figures };
}

/** What a commander reports every day; the other measures are one tap away. */
const MAIN = new Set([
  "patrols",
  "patrol_minutes",
  "officer_turns",
  "grassroots_turns",
  "incidents",
  "outreach_sessions",
  "outreach_attendance",
  "leaflets",
  "meetings",
  "households_invited",
  "households_present",
  "meeting_attendance",
]);

/** The main measures, or every one that has a figure somewhere. */
export function measuresShown(answer: Answer, isAll: boolean): readonly Measure[] {
  const present = (measure: Measure): boolean =>
    [answer.total, ...answer.rows].some((row) => typeof row.figures[measure.measure] === "number");
  return measures.filter((measure) => MAIN.has(measure.measure) || (isAll && present(measure)));
}
