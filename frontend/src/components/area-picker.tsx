/** Choose an area: a plain select holds the answer; recent areas and a search by name put it one tap away. */
import { useState } from "preact/hooks";
import type { Area } from "../engine/contract.ts";
import { compareNames, folded } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { SelectField } from "./field.tsx";

/** Below this many, the select alone is quicker than searching. */
const SEARCH_FROM_COUNT = 12;
const MATCHES_MAX = 6;

export interface PickerProps {
  readonly name: string;
  readonly label: string;
  readonly areas: readonly Area[];
  readonly value: string | null;
  readonly recent: readonly string[];
  /** Where names of parents are found, when `areas` holds only some kinds. */
  readonly all?: readonly Area[];
  /** What the first choice says when nothing has to be chosen. */
  readonly none?: string;
}

/** A group's name means little without its hamlet: "Tổ 3 – Khu vực 7". */
export function areaName(area: Area, areas: readonly Area[]): string {
  const parent = area.kind === "group" ? areas.find((each) => each.id === area.parent) : undefined;
  const name = area.full_name || area.name;
  return parent ? `${name} – ${parent.full_name || parent.name}` : name;
}

export function matching(areas: readonly Area[], text: string, all = areas): readonly Area[] {
  const words = folded(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = areas.filter((area) => words.every((word) => folded(areaName(area, all)).includes(word)));
  return found.slice(0, MATCHES_MAX);
}

/** Enter takes the only area that matches; it never saves the form around the search. */
function onEnter(event: KeyboardEvent, act: () => void): void {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  act();
}

export function AreaPicker({ name, label, areas, all = areas, value, recent, none }: PickerProps) {
  const [chosen, setChosen] = useState(value);
  const [sought, setSought] = useState("");
  const sorted = areas.map((area) => ({ value: area.id, label: areaName(area, all) }));
  sorted.sort((left, right) => compareNames(left.label, right.label));
  const unit = sorted.findIndex((choice) => choice.value === value);
  if (unit > 0) sorted.unshift(...sorted.splice(unit, 1));
  const known = none === undefined ? sorted : [{ value: "", label: none }, ...sorted];
  // A select stands on its first choice where it lacks its value: then a place would be set that nobody chose.
  const isKept = !value || sorted.some((choice) => choice.value === value);
  const choices = isKept
    ? known
    : [{ value, label: pgettext("record.other_area", "An area not kept on this device") }, ...known];
  const quick = sought
    ? matching(areas, sought, all)
    : recent.flatMap((id) => areas.filter((area) => area.id === id && id !== chosen));
  const pickOnly = () => {
    const [only, second] = matching(areas, sought, all);
    if (only && !second) setChosen(only.id);
  };
  return (
    <div class="picker">
      <SelectField name={name} label={label} choices={choices} value={chosen ?? ""} onPick={setChosen} />
      {areas.length > SEARCH_FROM_COUNT && (
        <div class="field">
          <label for={`${name}-search`}>{pgettext("ui.find_by_name", "Find by name")}</label>
          <input
            id={`${name}-search`}
            type="search"
            autoComplete="off"
            onInput={(event) => setSought(event.currentTarget.value)}
            onKeyDown={(event) => onEnter(event, pickOnly)}
          />
        </div>
      )}
      {quick.length > 0 && (
        <div class="quick">
          {!sought && <span class="hint">{pgettext("ui.recent", "Recent")}</span>}
          {quick.map((area) => (
            <button type="button" key={area.id} onClick={() => setChosen(area.id)}>
              {areaName(area, all)}
            </button>
          ))}
        </div>
      )}
      {sought && quick.length === 0 && <p class="hint">{pgettext("ui.no_match", "No name matches")}</p>}
    </div>
  );
}
