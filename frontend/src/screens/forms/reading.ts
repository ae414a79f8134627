/** From a form to the values of an operation: what was entered, nothing that was not. No screen, no store: tested alone. */

import type { Fault } from "../../components/field.tsx";
import type { Change, Value } from "../../engine/contract.ts";
import { formatNumber, fromWallClock, wallClock } from "../../i18n/formats.ts";
import { fieldLabel, fieldOf } from "../../i18n/kinds.ts";
import { problemSentence } from "../../i18n/problems.ts";

export type Fields = Readonly<Record<string, Value>>;
export interface Reading {
  readonly set: Fields;
  readonly faults: readonly Fault[];
}
/**
 * Of a change that makes a record: nobody has seen a value of it, so what another tab has made of the same draft, and
 * others have changed since, is not replaced unseen (P5).
 */
export const NEW = { seen: new Map() } as const satisfies Pick<Change, "seen">;

type Read = { readonly value: Value } | { readonly fault: string };

/** People write 1.234 for a thousand or so; anything but digits beside that is not a count. */
export function readCount(text: string): number | null {
  const digits = text.replace(/[\s.\u00a0]/g, "");
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}

/** What is wrong with a count, and what would be right. */
export function countFault(kind: string, name: string): string {
  const field = fieldOf(kind, name);
  const [min, max] = [field?.min ?? 0, field?.max ?? Number.MAX_SAFE_INTEGER];
  const bounds = { field: fieldLabel(kind, name), min: formatNumber(min), max: formatNumber(max) };
  return problemSentence("value-not-number", bounds);
}

function readOne(kind: string, name: string, entered: readonly string[], before: Value): Read {
  const field = fieldOf(kind, name);
  const text = (entered[0] ?? "").normalize("NFC").trim();
  if (field?.type === "list") return { value: entered.length > 0 ? [...entered].sort() : null };
  // A time that was left as it stood keeps its seconds, which the field does not show, and what no field can show.
  if (field?.type === "time" && typeof before === "number" && wallClock(before) === text) return { value: before };
  if (text === "") return { value: null };
  if (field?.type === "flag") return { value: text === "true" };
  if (field?.type === "count") {
    const [count, min, max] = [readCount(text), field.min ?? 0, field.max ?? Number.MAX_SAFE_INTEGER];
    if (count !== null && count >= min && count <= max) return { value: count };
    return { fault: countFault(kind, name) };
  }
  if (field?.type === "time") return { value: fromWallClock(text) };
  const limit = field?.characters_max;
  if (limit !== undefined && text.length > limit)
    return { fault: problemSentence("text-too-long", { field: fieldLabel(kind, name), limit: formatNumber(limit) }) };
  return { value: text };
}

const isSame = (left: Value, right: Value): boolean => JSON.stringify(left) === JSON.stringify(right);

/** `stored` is what the record holds, `shown` what the form was opened with; only what differs from `stored` is set. */
export function readForm(
  kind: string,
  names: readonly string[],
  form: FormData,
  stored: Fields,
  shown: Fields,
): Reading {
  const set: Record<string, Value> = {};
  const faults: Fault[] = [];
  for (const name of names) {
    const read = readOne(kind, name, form.getAll(name).map(String), shown[name] ?? null);
    if ("fault" in read) faults.push({ field: name, text: read.fault });
    else if (!isSame(read.value, stored[name] ?? null)) set[name] = read.value;
  }
  return { set, faults };
}

/** The two rules of time that a form holds: nothing in the future, no end before its start. */
export function timeFaults(fields: Fields, nowMs: number): readonly Fault[] {
  const { started_at: start, ended_at: end } = fields;
  if (typeof start === "number" && start > nowMs)
    return [{ field: "started_at", text: problemSentence("time-in-future") }];
  if (typeof end !== "number") return [];
  if (end > nowMs) return [{ field: "ended_at", text: problemSentence("time-in-future") }];
  return typeof start === "number" && end < start
    ? [{ field: "ended_at", text: problemSentence("end-before-start") }]
    : [];
}

/** A warning, never a refusal: more may come than were asked. */
export function meetingWarning(form: FormData): string | null {
  const [invited, present] = ["households_invited", "households_present"].map((name) =>
    readCount(String(form.get(name) ?? "")),
  );
  return invited !== null && present !== null && invited !== undefined && present !== undefined && present > invited
    ? problemSentence("present-exceeds-invited")
    : null;
}

/** The part of a form that belongs to a child record, under the child's own field names. */
export function partOf(form: FormData, prefix: string): FormData {
  const part = new FormData();
  for (const [name, value] of form) if (name.startsWith(prefix)) part.append(name.slice(prefix.length), value);
  return part;
}
