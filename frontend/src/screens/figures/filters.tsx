/** Which figures: area, period, rows. */
import { SelectField, TextField } from "../../components/field.tsx";
import { pgettext } from "../../i18n/index.ts";
import type { AreaChoice } from "../own-areas.ts";
import { type Preset, spanOf } from "./periods.ts";

export interface Wanted {
  readonly area: string;
  readonly preset: Preset;
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly isAll: boolean;
}

const presets = (): readonly { value: Preset; label: string }[] => [
  { value: "today", label: pgettext("period.today", "Today") },
  { value: "week", label: pgettext("period.this_week", "This week") },
  { value: "month", label: pgettext("period.this_month", "This month") },
  { value: "year", label: pgettext("period.this_year", "This year") },
  { value: "custom", label: pgettext("period.custom", "From day to day") },
];

const groupings = () => [
  { value: "none", label: pgettext("by.none", "Whole period") },
  { value: "area", label: pgettext("by.area", "By area") },
  { value: "day", label: pgettext("by.day", "Day") },
  { value: "week", label: pgettext("by.week", "Week") },
  { value: "month", label: pgettext("by.month", "Month") },
];

interface Props {
  readonly wanted: Wanted;
  readonly areas: readonly AreaChoice[];
  readonly nowMs: number;
  readonly change: (part: Partial<Wanted>) => void;
}

/** The two days of a period of one's own; a half-typed day changes nothing. */
function Days({ wanted, change }: Pick<Props, "wanted" | "change">) {
  const pick = (part: (day: string) => Partial<Wanted>) => (day: string) => {
    if (/^20\d\d-\d\d-\d\d$/.test(day)) change(part(day));
  };
  return (
    <>
      <TextField
        name="from"
        label={pgettext("period.from", "From day")}
        type="date"
        value={wanted.from}
        onText={pick((from) => ({ from, ...(from > wanted.to && { to: from }) }))}
      />
      <TextField
        name="to"
        label={pgettext("period.to", "To day")}
        type="date"
        value={wanted.to}
        onText={pick((to) => ({ to, ...(to < wanted.from && { from: to }) }))}
      />
    </>
  );
}

export function FigureFilters({ wanted, areas, nowMs, change }: Props) {
  const pickPreset = (value: string) => {
    const preset = value as Preset;
    change(preset === "custom" ? { preset } : { preset, ...spanOf(preset, nowMs) });
  };
  return (
    <search class="filters">
      <SelectField
        name="area"
        label={pgettext("place", "Area")}
        choices={areas}
        value={wanted.area}
        onPick={(area) => change({ area })}
      />
      <SelectField
        name="preset"
        label={pgettext("period.label", "Period")}
        choices={presets()}
        value={wanted.preset}
        onPick={pickPreset}
      />
      {wanted.preset === "custom" && <Days wanted={wanted} change={change} />}
      <SelectField
        name="by"
        label={pgettext("figures.by", "Rows")}
        choices={groupings()}
        value={wanted.by}
        onPick={(by) => change({ by })}
      />
      <label class="choice">
        <input type="checkbox" onChange={(event) => change({ isAll: event.currentTarget.checked })} />
        <span>{pgettext("figures.all", "All measures")}</span>
      </label>
    </search>
  );
}
