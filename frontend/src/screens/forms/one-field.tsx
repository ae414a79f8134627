/** A single field of a record, entered by itself. */
import { AreaPicker } from "../../components/area-picker.tsx";
import type { Fault } from "../../components/field.tsx";
import type { Area, Value } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel, fieldOf } from "../../i18n/kinds.ts";
import { KindFields } from "./kind-fields.tsx";
import { type Fields, partOf, readForm } from "./reading.ts";

const ENTERED: readonly string[] = ["area", "choice", "count", "flag", "list", "text", "time"];

/** Whether a person can type or choose its value here; links and what machines measure are not. */
export function isEnterable(kind: string, name: string): boolean {
  // What a phone has measured of a picture is nobody's to correct.
  if (kind === "photo" && fieldOf(kind, name)?.type === "count") return false;
  return name !== "void" && ENTERED.includes(fieldOf(kind, name)?.type ?? "");
}

interface Props {
  readonly kind: string;
  readonly name: string;
  readonly areas: readonly Area[];
  readonly faults: readonly Fault[];
  readonly shown?: Fields;
  /** Keeps fields of several records on one screen apart. */
  readonly prefix?: string;
}

export function OneField({ kind, name, areas, faults, shown = {}, prefix = "" }: Props) {
  if (fieldOf(kind, name)?.type !== "area")
    return <KindFields kind={kind} names={[name]} shown={shown} faults={faults} prefix={prefix} />;
  const value = shown[name];
  return (
    <AreaPicker
      name={prefix + name}
      label={fieldLabel(kind, name)}
      areas={areas}
      value={typeof value === "string" ? value : null}
      none={pgettext("ui.not_chosen", "Not chosen")}
      recent={[]}
    />
  );
}

/** What was entered, or what is wrong with it. */
export function readOneField(
  kind: string,
  name: string,
  form: FormData,
  prefix: string,
): { readonly value: Value } | { readonly fault: Fault } {
  const { set, faults } = readForm(kind, [name], partOf(form, prefix), {}, {});
  const [fault] = faults;
  return fault ? { fault: { ...fault, field: prefix + fault.field } } : { value: set[name] ?? null };
}
