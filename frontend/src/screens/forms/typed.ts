/** What stands in the fields of a form, which nobody controls from outside: read for a draft, and written back. */
import type { Draft } from "../../engine/contract.ts";
import type { Fields } from "./reading.ts";

export type Typed = Draft["typed"];

/** Names of fields that stand for something else. */
const NOT_TYPED = new Set(["photos", "wait"]);

export const readTyped = (form: HTMLFormElement): Typed => typedIn(new FormData(form));

export function typedIn(entered: FormData): Typed {
  const entries = [...entered].map(([name, value]) => [name, String(value)] as const);
  return entries.filter(([name]) => !NOT_TYPED.has(name));
}

/** `names`: only these; without it, every field of the form. */
export function fillTyped(form: HTMLFormElement, typed: Typed, names?: readonly string[]): void {
  for (const control of form.elements) {
    const { name } = control as HTMLInputElement;
    if (names && !names.includes(name)) continue;
    const values = typed.filter(([each]) => each === name).map(([, value]) => value);
    if (control instanceof HTMLInputElement && (control.type === "checkbox" || control.type === "radio"))
      control.checked = values.includes(control.value);
    else if (isWritable(control) && values[0] !== undefined) write(control, values[0]);
  }
}

/** The values of a record as somebody would have entered them. */
export function typedOf(fields: Fields, names: readonly string[]): Typed {
  return names.flatMap((name) => {
    const value = fields[name];
    const values = Array.isArray(value) ? value : value === null || value === undefined ? [] : [value];
    return values.map((each) => [name, String(each)] as const);
  });
}

type Writable = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function isWritable(control: Element): control is Writable {
  return (
    control instanceof HTMLSelectElement ||
    control instanceof HTMLTextAreaElement ||
    (control instanceof HTMLInputElement && control.type !== "file" && control.type !== "hidden")
  );
}

function write(control: Writable, value: string): void {
  if (control.value === value) return;
  control.value = value;
  // A choice that a component remembers has to hear of it.
  if (control instanceof HTMLSelectElement) control.dispatchEvent(new Event("change", { bubbles: true }));
}
