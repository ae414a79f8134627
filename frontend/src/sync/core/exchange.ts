/** The round trip of P13: what is asked, what is answered, and whether something is an answer at all. */
import type { Moved, Operation, Receipt, ServerRecord } from "./record.ts";
import { isInteger, isObject, member } from "./value.ts";

export interface Request {
  readonly protocol: number;
  readonly device: string;
  readonly batch: string;
  readonly now: number;
  readonly holds: number;
  readonly operations: readonly Operation[];
  readonly cursors: Readonly<Record<string, string | null>>;
  readonly pull: number;
}

export interface Pulled {
  readonly records: readonly (ServerRecord | Moved)[];
  readonly cursor: string | null;
  readonly more: boolean;
  readonly reset: boolean;
}

export interface Answer {
  readonly protocol: number;
  readonly epoch: string;
  readonly now: number;
  readonly receipts: readonly Receipt[];
  readonly partitions: readonly {
    readonly id: string;
    readonly code: string;
    readonly name: string;
    readonly access: "read" | "write";
  }[];
  readonly pull: Readonly<Record<string, Pulled>>;
  readonly device: {
    readonly state: "active" | "lost" | "retired";
    readonly seen_n: number;
    readonly held: readonly { readonly n: number; readonly code: string }[];
  };
}

/** The answer, or null when this is something else: a captive portal's page, a proxy's apology (P21). */
export function parseAnswer(body: unknown): Answer | null {
  return isAnswer(body) ? body : null;
}

function isAnswer(body: unknown): body is Answer {
  if (!isObject(body)) return false;
  const { protocol, epoch, now, receipts, partitions, pull, device } = body;
  return (
    isInteger(protocol) &&
    typeof epoch === "string" &&
    isInteger(now) &&
    isListOf(receipts, isReceipt) &&
    isListOf(partitions, isPartition) &&
    isObject(pull) &&
    Object.values(pull).every(isPulled) &&
    isDevice(device)
  );
}

function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function isReceipt(value: unknown): boolean {
  if (!isObject(value)) return false;
  // Null where the server could not read the stamp of what it holds.
  const isTimed = value.effective_ms === null || isInteger(value.effective_ms);
  return isInteger(value.n) && (value.status === "accepted" || value.status === "held") && isTimed;
}

function isPartition(value: unknown): boolean {
  return isObject(value) && typeof value.id === "string" && typeof value.name === "string";
}

function isPulled(value: unknown): boolean {
  if (!isObject(value) || typeof value.more !== "boolean" || typeof value.reset !== "boolean") return false;
  return (value.cursor === null || typeof value.cursor === "string") && isListOf(value.records, isRecord);
}

function isRecord(value: unknown): boolean {
  if (!isObject(value) || typeof value.id !== "string") return false;
  if (member(value, "moved") === true) return true;
  const { kind, partition, fields, siblings, stamps, created, changed } = value;
  const texts = typeof kind === "string" && typeof partition === "string";
  return texts && [fields, siblings, stamps, created, changed].every(isObject);
}

function isDevice(value: unknown): boolean {
  if (!isObject(value) || !isInteger(value.seen_n)) return false;
  return ["active", "lost", "retired"].includes(String(value.state)) && isListOf(value.held, isHeld);
}

function isHeld(value: unknown): boolean {
  return isObject(value) && isInteger(value.n) && typeof value.code === "string";
}

export function isMoved(record: ServerRecord | Moved): record is Moved {
  return Object.hasOwn(record, "moved");
}
