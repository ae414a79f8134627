/**
 * What was typed into a form, kept while the camera is open: cheap phones kill the page behind it. Read back once, into
 * fields that nobody controls from outside.
 */
import type { Typed } from "../photos/contract.ts";

/** Names of fields that stand for something else. */
const NOT_TYPED = new Set(["photos", "record", "wait"]);

export function readTyped(form: HTMLFormElement): Typed {
  const entries = [...new FormData(form)].map(([name, value]) => [name, String(value)] as const);
  return entries.filter(([name]) => !NOT_TYPED.has(name));
}

export function fillTyped(form: HTMLFormElement, typed: Typed): void {
  for (const control of form.elements) {
    const values = typed.filter(([name]) => name === (control as HTMLInputElement).name).map(([, value]) => value);
    if (control instanceof HTMLInputElement && (control.type === "checkbox" || control.type === "radio"))
      control.checked = values.includes(control.value);
    else if (isWritable(control) && values[0] !== undefined) write(control, values[0]);
  }
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
