/** A record in a list: what, when, where, its key numbers, and where it stands on its way to the server. */
import type { Area, ShownRecord, Value } from "../engine/contract.ts";
import { formatMoment } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { fieldLabel, fieldOf, kindLabel } from "../i18n/kinds.ts";
import { formatWithUnit } from "../i18n/units.ts";
import { areaName } from "./area-picker.tsx";
import { useEngine } from "./engine-context.ts";
import { Icon, kindIcon } from "./icon.tsx";
import { StateMark } from "./state-mark.tsx";

/** The numbers that tell one record of a kind from the next. */
const KEY_FIELDS: Readonly<Record<string, readonly string[]>> = {
  patrol: ["officers", "grassroots"],
  incident: ["cases"],
  outreach: ["sessions", "attendance", "households"],
  handout: ["leaflets", "households"],
  meeting: ["households_invited", "households_present", "attendance"],
  inspection: ["businesses", "violations"],
};

export function keyNumbers(kind: string, fields: Readonly<Record<string, Value>>): string {
  const parts = (KEY_FIELDS[kind] ?? []).flatMap((name) => {
    const value = fields[name];
    return typeof value === "number"
      ? [`${fieldLabel(kind, name)}: ${formatWithUnit(fieldOf(kind, name)?.unit, value)}`]
      : [];
  });
  return parts.join(" · ");
}

export function placeName(place: Value | undefined, areas: readonly Area[]): string {
  const area = areas.find((each) => each.id === place);
  return area ? areaName(area, areas) : "";
}

export const momentOf = (record: ShownRecord): number =>
  typeof record.fields.started_at === "number" ? record.fields.started_at : record.createdMs;

interface Props {
  readonly record: ShownRecord;
  readonly areas: readonly Area[];
  readonly nowMs: number;
}

export function RecordRow({ record, areas, nowMs }: Props) {
  const { kind, fields } = record;
  const place = placeName(fields.place, areas);
  const photos = useEngine().photoStatus.value.byRecord.get(record.id);
  return (
    <li class="row">
      <a href={`/records/${record.id}`}>
        <Icon name={kindIcon(kind)} />
        <span class="row-text">
          <strong>{kindLabel(kind)}</strong>
          <span>{[formatMoment(momentOf(record), nowMs), place].filter(Boolean).join(" · ")}</span>
          <span class="quiet">{keyNumbers(kind, fields)}</span>
          {typeof fields.void === "string" && <span class="mark mark-held">{pgettext("state.void", "Voided")}</span>}
          {record.conflicts.length > 0 && (
            <span class="mark mark-held">{pgettext("flag.conflict", "Different values")}</span>
          )}
          <StateMark state={record.state} />
          {photos && (
            <span class="mark mark-waiting">
              <Icon name="waiting" /> {pgettext("state.photos", "Photos %(done)s of %(total)s", photos)}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
