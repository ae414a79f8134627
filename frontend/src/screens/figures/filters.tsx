/** Which figures: area, period, rows. */
import { type Fault, SelectField, TextField } from "../../components/field.tsx";
import { pgettext } from "../../i18n/index.ts";
import type { AreaChoice } from "../own-areas.ts";
import { type Preset, spanOf } from "./periods.ts";
import { isDay, type Wanted } from "./wanted.ts";

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
  readonly faults: readonly Fault[];
  readonly change: (part: Partial<Wanted>) => void;
}

/** The two days of a period of one's own; a half-typed day changes nothing. */
function Days({ wanted, faults, change }: Pick<Props, "wanted" | "faults" | "change">) {
  const pick = (name: "from" | "to") => (day: string) => {
    if (isDay(day)) change({ [name]: day });
  };
  return (
    <>
      <TextField
        name="from"
        label={pgettext("period.from", "From day")}
        type="date"
        value={wanted.from}
        faults={faults}
        onText={pick("from")}
      />
      <TextField
        name="to"
        label={pgettext("period.to", "To day")}
        type="date"
        value={wanted.to}
        faults={faults}
        onText={pick("to")}
      />
    </>
  );
}

export function FigureFilters({ wanted, areas, nowMs, faults, change }: Props) {
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
      {wanted.preset === "custom" && <Days wanted={wanted} faults={faults} change={change} />}
      <SelectField
        name="by"
        label={pgettext("figures.by", "Rows")}
        choices={groupings()}
        value={wanted.by}
        onPick={(by) => change({ by })}
      />
      <label class="choice">
        <input
          type="checkbox"
          checked={wanted.isAll}
          onChange={(event) => change({ isAll: event.currentTarget.checked })}
        />
        <span>{pgettext("figures.all", "All measures")}</span>
      </label>
    </search>
  );
}
