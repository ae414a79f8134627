/** Which design was handed out, alone or with an outreach session. */
import { type Fault, SelectField } from "../../components/field.tsx";
import type { ShownRecord } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel } from "../../i18n/kinds.ts";

/** More designs than a city has at a time. */
export const LEAFLETS_MAX = 200;

interface Props {
  readonly name: string;
  readonly leaflets: readonly ShownRecord[];
  readonly value?: string;
  readonly faults?: readonly Fault[];
}

export function LeafletField({ name, leaflets, value = "", faults = [] }: Props) {
  const designs = leaflets.map(({ id, fields }) => ({ value: id, label: String(fields.title ?? id) }));
  return (
    <SelectField
      name={name}
      label={fieldLabel("handout", "leaflet")}
      choices={[{ value: "", label: pgettext("ui.not_chosen", "Not chosen") }, ...designs]}
      value={value}
      faults={faults}
    />
  );
}
