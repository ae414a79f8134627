/** What the phone shows (P30): the server's record with its own unreceipted or held operations on top. */
import { type FieldOperation, groupHeads, isEditedWhileVoid, type MergedField, type MergedHead } from "./merge.ts";
import type { Head, Operation, ServerRecord } from "./record.ts";
import { type Key, keyOf, operationId } from "./stamp.ts";

/** An operation of this device that the server's record may not hold yet. */
export interface OwnOperation {
  readonly operation: Operation;
  /** From its receipt; its own `ms` while there is none. */
  readonly effectiveMs: number;
  /** Why it is held, or null. */
  readonly code: string | null;
}

export type MergedFields = ReadonlyMap<string, MergedField>;

/** What of the server's record says its heads. */
export type HeadsOf = Pick<ServerRecord, "fields" | "siblings" | "stamps">;

type HeadNode = Pick<FieldOperation, "id" | "value" | "key"> & { readonly own: boolean };

export function overlay(device: string, record: HeadsOf | null, own: readonly OwnOperation[]): MergedFields {
  const merged = new Map<string, MergedField>();
  for (const name of fieldNames(record, own)) {
    const field = overlayField(device, name, record, own);
    if (field) merged.set(name, field);
  }
  return merged;
}

const CONFLICT = "conflict";
const EDITED_WHILE_VOID = "edited_while_void";

/** What the server has noticed, and of what the phone can tell by itself, how it stands with its own operations. */
export function overlayFlags(
  device: string,
  record: ServerRecord | null,
  own: readonly OwnOperation[],
  fields: MergedFields,
): string[] {
  const flags = new Set(record?.flags);
  const voids = record && Object.hasOwn(record.fields, "void") ? (record.fields.void ?? []) : [];
  const wasFlagged = flags.has(EDITED_WHILE_VOID);
  // Of its own heads the server has said whether its own voiding saw them all; no other voiding can have.
  const isSeen = (_: MergedHead, voiding: MergedHead) =>
    !wasFlagged && voids.slice(1).some((id) => voiding.ids.includes(String(id)));
  const said = own.map(({ operation: { n, tag, saw = [], prev } }) => ({
    id: operationId(device, n, tag),
    saw,
    prev,
    held: false,
  }));
  const raised = {
    [CONFLICT]: [...fields.values()].some((field) => field.siblings.length > 0),
    [EDITED_WHILE_VOID]: isEditedWhileVoid(fields, said, isSeen),
  };
  for (const [flag, isRaised] of Object.entries(raised)) {
    if (isRaised) flags.add(flag);
    else flags.delete(flag);
  }
  return [...flags].sort();
}

function fieldNames(record: HeadsOf | null, own: readonly OwnOperation[]): Set<string> {
  const names = new Set(Object.keys(record?.fields ?? {}));
  for (const { operation } of own) for (const name of Object.keys(operation.set)) names.add(name);
  return names;
}

function overlayField(
  device: string,
  name: string,
  record: HeadsOf | null,
  own: readonly OwnOperation[],
): MergedField | null {
  const setting = own.filter(({ operation }) => Object.hasOwn(operation.set, name));
  const replaced = new Set(setting.flatMap(({ operation }) => previousIds(operation, name)));
  const mine = new Map(setting.map((one) => ownNode(device, name, one)).map((node) => [node.id, node]));
  const known = (record ? serverNodes(name, record) : []).map((node) => ({ ...node, own: mine.has(node.id) }));
  for (const { id } of known) mine.delete(id);
  const heads = [...known, ...mine.values()].filter((node) => !replaced.has(node.id));
  const field = groupHeads(heads);
  return field && putOwnFirst(field, heads);
}

function previousIds(operation: Operation, name: string): readonly string[] {
  return Object.hasOwn(operation.prev, name) ? (operation.prev[name] ?? []) : [];
}

function serverNodes(name: string, record: HeadsOf): Omit<HeadNode, "own">[] {
  const shown = record.fields[name];
  const siblings = Object.hasOwn(record.siblings, name) ? (record.siblings[name] ?? []) : [];
  const heads: readonly Head[] = Object.hasOwn(record.fields, name) && shown ? [shown, ...siblings] : siblings;
  return heads.flatMap(([value, ...ids]) => ids.map((id) => ({ id, value, key: serverKey(id, record) })));
}

function serverKey(id: string, record: HeadsOf): Key {
  return keyOf(id, record.stamps[id] ?? [0, 0, 0]);
}

function ownNode(device: string, name: string, { operation, effectiveMs }: OwnOperation): HeadNode {
  const id = operationId(device, operation.n, operation.tag);
  const [ms, count] = operation.stamp;
  return { id, value: operation.set[name] ?? null, key: keyOf(id, [ms, count, effectiveMs]), own: true };
}

/**
 * The newest own head is shown whatever its key: what an officer has just written never hides behind another's, also
 * where the server's copy comes before the receipt.
 */
function putOwnFirst(field: MergedField, heads: readonly HeadNode[]): MergedField {
  const newest = heads.filter((node) => node.own).reduce<HeadNode | null>(later, null);
  if (!newest || field.shown.ids.includes(newest.id)) return field;
  const all: readonly MergedHead[] = [field.shown, ...field.siblings];
  const shown = all.find((head) => head.ids.includes(newest.id)) ?? field.shown;
  return { shown, siblings: all.filter((head) => head !== shown) };
}

function later(best: HeadNode | null, node: HeadNode): HeadNode {
  return best && best.key.n > node.key.n ? best : node;
}

/** The heads of a field, the shown one first. */
export function headsOf(fields: MergedFields, name: string): readonly MergedHead[] {
  const field = fields.get(name);
  return field ? [field.shown, ...field.siblings] : [];
}
