/** Two days that bound what is shown: what is wrong with them, in words. */
import type { Fault } from "../components/field.tsx";
import { pgettext } from "../i18n/index.ts";
import { problemSentence } from "../i18n/problems.ts";

export interface DaySpan {
  readonly from: string;
  readonly to: string;
}

/** An empty day bounds nothing. */
export function reversedFaults({ from, to }: DaySpan): readonly Fault[] {
  if (from === "" || to === "" || from <= to) return [];
  return [{ field: "to", text: pgettext("period.reversed", "“To day” is before “From day”. Correct one of them.") }];
}

/** Figures of days that have not come do not exist. */
export function figureFaults(span: DaySpan, today: string): readonly Fault[] {
  const reversed = reversedFaults(span);
  if (reversed.length > 0 || span.from <= today) return reversed;
  return [{ field: "from", text: problemSentence("time-in-future") }];
}
