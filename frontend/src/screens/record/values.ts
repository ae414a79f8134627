/** A field's value in words: the one place that knows how each type of field is read by people. */

import { placeName } from "../../components/record-row.tsx";
import type { Area, Value } from "../../engine/contract.ts";
import { flagLabel } from "../../i18n/flags.ts";
import { formatDateTime, formatDay } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldOf, wordLabel } from "../../i18n/kinds.ts";
import { formatWithUnit } from "../../i18n/units.ts";

/** About 100 m: the precision that is kept of a position. */
const MICRODEGREES = 1_000_000;

export function valueText(kind: string, name: string, value: Value, areas: readonly Area[]): string {
  if (value === null) return pgettext("value.null", "Not entered");
  const field = fieldOf(kind, name);
  const vocabulary = field?.vocabulary ?? "";
  switch (field?.type) {
    case "time":
      return typeof value === "number" ? formatDateTime(value) : String(value);
    case "day":
      return formatDay(String(value));
    case "count":
      return typeof value === "number" ? formatWithUnit(field.unit, value) : String(value);
    case "choice":
      return wordLabel(vocabulary, String(value));
    case "list":
      return Array.isArray(value) ? value.map((word) => wordLabel(vocabulary, String(word))).join(", ") : String(value);
    case "area":
      return placeName(value, areas) || pgettext("record.other_area", "An area not kept on this device");
    case "flag":
      return flagLabel(name, value === true);
    case "point":
      return pointText(value);
    default:
      return typeof value === "string" ? value : JSON.stringify(value);
  }
}

function pointText(value: Value): string {
  const { lat_e6: lat, lon_e6: lon } = value as { lat_e6?: number; lon_e6?: number };
  if (typeof lat !== "number" || typeof lon !== "number") return JSON.stringify(value);
  return `${(lat / MICRODEGREES).toFixed(3)}, ${(lon / MICRODEGREES).toFixed(3)}`;
}
