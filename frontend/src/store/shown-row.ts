/** The row that lists and screens read: the server's record with own operations on top, and its place in lists. */
import { fold } from "../sync/core/fold.ts";
import { type MergedFields, type OwnOperation, overlay, overlayFlags } from "../sync/core/overlay.ts";
import type { Operation, ServerRecord } from "../sync/core/record.ts";
import { parseOperationId } from "../sync/core/stamp.ts";
import type { Value } from "../sync/core/value.ts";
import { marksOf, type ShownRow } from "./schema.ts";

export interface Author {
  readonly id: string;
  readonly name: string;
}

export interface ShownSource {
  readonly device: string;
  readonly user: Author;
  readonly record: ServerRecord | null;
  /** In ascending `n`. */
  readonly own: readonly OwnOperation[];
  readonly waiting: readonly number[];
}

/** Who made a record that this phone does not keep: only the server can say. */
const NOBODY: Author = { id: "", name: "" };

/** A decision about another's record that is not kept here names its heads, and is no record of one's own. */
function isOfAnother(device: string, { prev, saw = [] }: Operation): boolean {
  return [...Object.values(prev).flat(), ...saw].some((id) => parseOperationId(id)?.device !== device);
}

/** Null when nothing is left to show. */
export function makeShownRow(id: string, source: ShownSource): ShownRow | null {
  const { record, own } = source;
  const kind = record?.kind ?? own[0]?.operation.kind;
  const partition = record?.partition ?? own[0]?.operation.partition;
  if (kind === undefined || partition === undefined) return null;
  const merged = overlay(source.device, record, own);
  const fields = shownFields(merged);
  const isForeign = record === null && own.some(({ operation }) => isOfAnother(source.device, operation));
  const author = record?.created.by ?? (isForeign ? NOBODY : source.user);
  const created_ms = record?.created.received_ms ?? own[0]?.operation.stamp[0] ?? 0;
  const started = integerField(fields, "started_at");
  const parent = textField(fields, "parent");
  const isVoid = isSet(fields, "void");
  const conflicts = [...merged].filter(([, field]) => field.siblings.length > 0).map(([name]) => name);
  const waiting_n = source.waiting;
  const held_codes = [...new Set(own.flatMap((one) => one.code ?? []))];
  const flags = overlayFlags(source.device, record, own, merged);
  return {
    id,
    kind,
    partition,
    fields,
    conflicts,
    waiting_n,
    held_codes,
    created_ms,
    changed_ms: Math.max(record?.changed.received_ms ?? 0, own.at(-1)?.operation.stamp[0] ?? 0, created_ms),
    author,
    flags,
    folded: foldedText(fields),
    ...(parent === null ? {} : { parent }),
    ...marksOf({ conflicts, flags, waiting_n, held_codes }),
    ...(isVoid || isForeign ? {} : { listed_ms: started ?? created_ms }),
    ...(isOpenPatrol(kind, fields) && !isVoid && author.id === source.user.id ? { open_patrol: 1 as const } : {}),
  };
}

function shownFields(merged: MergedFields): Record<string, Value> {
  // `fromEntries` makes own members even of names like `__proto__`.
  return Object.fromEntries([...merged].map(([name, field]) => [name, field.shown.value]));
}

function isOpenPatrol(kind: string, fields: Readonly<Record<string, Value>>): boolean {
  return kind === "patrol" && integerField(fields, "started_at") !== null && integerField(fields, "ended_at") === null;
}

function integerField(fields: Readonly<Record<string, Value>>, name: string): number | null {
  const value = Object.hasOwn(fields, name) ? fields[name] : null;
  return typeof value === "number" ? value : null;
}

function textField(fields: Readonly<Record<string, Value>>, name: string): string | null {
  const value = Object.hasOwn(fields, name) ? fields[name] : null;
  return typeof value === "string" ? value : null;
}

/** Any value but null voids: a newer app may write more than a reason. */
function isSet(fields: Readonly<Record<string, Value>>, name: string): boolean {
  return Object.hasOwn(fields, name) && fields[name] !== null;
}

function foldedText(fields: Readonly<Record<string, Value>>): string {
  return Object.values(fields)
    .filter((value) => typeof value === "string")
    .map(fold)
    .join("\n");
}
