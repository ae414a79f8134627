/** Making an operation: what it replaces (P5, P10), its stamp (P3) and whether it may be sent (P6). */
import { canonical } from "./canonical.ts";
import { isValue } from "./kinds.ts";
import { FIELD_NAME_BYTES_MAX, OPERATION_BYTES_MAX, SCHEMA } from "./limits.ts";
import { type MergedHead, sortIds } from "./merge.ts";
import { headsOf, type MergedFields } from "./overlay.ts";
import type { Observed, Operation } from "./record.ts";
import { isStamp, nextStamp } from "./stamp.ts";
import { utf8Bytes, type Value } from "./value.ts";

export interface Draft {
  readonly n: number;
  readonly tag: string;
  readonly record: string;
  readonly kind: string;
  readonly partition: string;
  readonly set: Readonly<Record<string, Value>>;
  /** Fields whose conflict this decides: all their heads are replaced, not the shown one only. */
  readonly decides: readonly string[];
  /** The record as its author saw it, where that may be older than what the phone has by now (P5). */
  readonly seen?: MergedFields | undefined;
  readonly nowMs: number;
  readonly observed: Observed;
}

/** The operation that a person's change becomes, given the record as this phone has it. */
export function draftOperation(draft: Draft, present: MergedFields): Operation {
  const { n, tag, record, kind, partition, set, observed, seen = present } = draft;
  const replaced = new Map<string, readonly MergedHead[]>();
  for (const name of Object.keys(set)) {
    const heads = headsOf(seen, name);
    // Voiding always answers every reason it saw (P10); other fields only the shown head, unless this is a decision.
    const all = name === "void" || draft.decides.includes(name);
    replaced.set(name, withTwins(all ? heads : heads.slice(0, 1), headsOf(present, name)));
  }
  const stamp = nextStamp(
    Math.max(0, draft.nowMs),
    [...replaced.values()].flat().map((head) => head.key),
  );
  const previous = new Map(replaced);
  previous.set("void", withTwins(headsOf(seen, "void"), headsOf(present, "void")));
  const saw = Object.hasOwn(set, "void") ? { saw: sawIds(seen) } : {};
  return { n, tag, record, kind, partition, set, prev: namedIds(previous), ...saw, stamp, observed, schema: SCHEMA };
}

/** Who said the same meanwhile is answered with it, or the twin would come back as a sibling (P9). */
function withTwins(seen: readonly MergedHead[], present: readonly MergedHead[]): readonly MergedHead[] {
  const ids = new Set(seen.flatMap((head) => head.ids));
  return [...seen, ...present.filter((head) => head.ids.some((id) => ids.has(id)))];
}

/** Ids by field; a field whose value was not seen is absent, never an empty list. */
function namedIds(heads: ReadonlyMap<string, readonly MergedHead[]>): Record<string, string[]> {
  const entries = [...heads].map(([name, list]) => [name, sortIds(list.flatMap((head) => head.ids))] as const);
  return Object.fromEntries(entries.filter(([, ids]) => ids.length > 0));
}

function sawIds(fields: MergedFields): string[] {
  const others = [...fields.keys()].filter((name) => name !== "void");
  return sortIds(others.flatMap((name) => headsOf(fields, name).flatMap((head) => head.ids)));
}

const FIELD_NAME = /^[a-z][a-z0-9_]*$/;

export function isFieldName(name: string): boolean {
  return FIELD_NAME.test(name) && utf8Bytes(name) <= FIELD_NAME_BYTES_MAX;
}

/** Whether the operation keeps the limits that do not depend on its kind. */
export function isSendable(operation: Operation): boolean {
  const names = Object.keys(operation.set);
  const text = canonical(operation);
  return (
    names.length > 0 &&
    names.every(isFieldName) &&
    Object.values(operation.set).every((value) => isValue(value)) &&
    isStamp(operation.stamp) &&
    text !== null &&
    utf8Bytes(text) <= OPERATION_BYTES_MAX
  );
}
