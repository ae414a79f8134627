/** Days and periods of the figures, all on the Vietnamese calendar with weeks from Monday. */
import { DAY_MS, dayOf, formatDay } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import type { DaySpan } from "../day-span.ts";

export type Preset = "today" | "week" | "month" | "year" | "custom";

const addDays = (day: string, count: number): string =>
  new Date(Date.parse(`${day}T00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);

/** A running period ends today: days that have not come cannot be missing. */
export function spanOf(preset: Preset, nowMs: number): DaySpan {
  const today = dayOf(nowMs);
  const weekday = (new Date(`${today}T00:00Z`).getUTCDay() + 6) % 7;
  const [year, month] = [today.slice(0, 4), today.slice(0, 7)];
  switch (preset) {
    case "week":
      return { from: addDays(today, -weekday), to: today };
    case "month":
      return { from: `${month}-01`, to: today };
    case "year":
      return { from: `${year}-01-01`, to: today };
    default:
      return { from: today, to: today };
  }
}

/** `2026-11-23`, `2026-W48` and `2026-11` as people write them. */
export function periodLabel(period: string): string {
  const week = /^(\d{4})-W(\d\d)$/.exec(period);
  if (week) return pgettext("period.week", "Week %(week)s of %(year)s", { week: Number(week[2]), year: week[1] ?? "" });
  const month = /^(\d{4})-(\d\d)$/.exec(period);
  if (month)
    return pgettext("period.month", "Month %(month)s of %(year)s", { month: Number(month[2]), year: month[1] ?? "" });
  return /^\d{4}-\d\d-\d\d$/.test(period) ? formatDay(period) : period;
}
