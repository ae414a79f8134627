/** The kinds of area that a unit keeps itself. */
import { pgettext } from "../../i18n/index.ts";

export const OWN_KINDS = ["hamlet", "quarter", "group"] as const;

export function areaKindLabel(kind: string): string {
  switch (kind) {
    case "city":
      return pgettext("area.city", "City");
    case "province":
      return pgettext("area.province", "Province");
    case "commune":
      return pgettext("area.commune", "Commune");
    case "ward":
      return pgettext("area.ward", "Ward");
    case "special":
      return pgettext("area.special", "Special zone");
    case "hamlet":
      return pgettext("area.hamlet", "Hamlet");
    case "quarter":
      return pgettext("area.quarter", "Quarter");
    case "group":
      return pgettext("area.group", "Residents' group");
    default:
      return kind;
  }
}
