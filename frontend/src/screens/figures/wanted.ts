/** What the figures are asked for. It stands in the address, so that "back" returns to it. */
import { dayOf } from "../../i18n/formats.ts";
import { type Preset, spanOf } from "./periods.ts";

export interface Wanted {
  readonly area: string;
  readonly preset: Preset;
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly isAll: boolean;
}

const PRESETS: readonly Preset[] = ["today", "week", "month", "year", "custom"];
const GROUPINGS: readonly string[] = ["none", "area", "day", "week", "month"];
const START = { preset: "month", by: "none" } as const;

export const isDay = (text: string): boolean => /^20\d\d-\d\d-\d\d$/.test(text);

export function wantedOf(query: URLSearchParams, own: string, nowMs: number): Wanted {
  const of = (name: string): string => query.get(name) ?? "";
  const preset = PRESETS.find((each) => each === of("period")) ?? START.preset;
  const span = spanOf(preset, nowMs);
  const [from, to] = preset === "custom" ? [of("from"), of("to")] : ["", ""];
  return {
    area: of("area") || own,
    preset,
    from: isDay(from) ? from : span.from,
    to: isDay(to) ? to : span.to,
    by: GROUPINGS.find((each) => each === of("by")) ?? START.by,
    isAll: of("all") === "1",
  };
}

/** What differs from the start, in the words of `wantedOf`. */
export function queryOf({ area, preset, from, to, by, isAll }: Wanted, own: string): Readonly<Record<string, string>> {
  return {
    area: area === own ? "" : area,
    period: preset === START.preset ? "" : preset,
    ...(preset === "custom" && { from, to }),
    by: by === START.by ? "" : by,
    all: isAll ? "1" : "",
  };
}

/** Days that have not come are not asked for: nobody can have reported them. */
export function lastDay(to: string, nowMs: number): string {
  const today = dayOf(nowMs);
  return to > today ? today : to;
}
