/** Identity and order: operation ids (P1), stamps (P3) and the total order of operations (P4). */
import { COUNT_MAX, INTEGER_MAX } from "./limits.ts";
import { compareText } from "./value.ts";

/** `[ms, count]` as the device says it. */
export type Stamp = readonly [ms: number, count: number];
/** `[ms, count, effective_ms]` as the server tells it (P18). */
export type ServerStamp = readonly [ms: number, count: number, effectiveMs: number];

/** The order key of P4, compared as integers and ASCII text. */
export interface Key {
  readonly effectiveMs: number;
  readonly ms: number;
  readonly count: number;
  readonly device: string;
  readonly n: number;
  readonly tag: string;
}

/** The stamp of a new operation, from the corrected clock and the heads that it is about to replace (P3). */
export function nextStamp(nowMs: number, replaced: readonly { effectiveMs: number; count: number }[]): Stamp {
  const top = replaced.reduce((most, head) => Math.max(most, head.effectiveMs), -1);
  if (nowMs > top) return [nowMs, 0];
  const atTop = replaced.filter((head) => head.effectiveMs === top);
  const count = atTop.reduce((most, head) => Math.max(most, head.count), -1) + 1;
  // A forged count must not keep anybody from replacing the value.
  return count <= COUNT_MAX ? [top, count] : [top + 1, 0];
}

export function isStamp(stamp: Stamp): boolean {
  return inRange(stamp[0], INTEGER_MAX) && inRange(stamp[1], COUNT_MAX);
}

function inRange(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= max;
}

export function compareKeys(a: Key, b: Key): number {
  return (
    a.effectiveMs - b.effectiveMs ||
    a.ms - b.ms ||
    a.count - b.count ||
    compareText(a.device, b.device) ||
    a.n - b.n ||
    compareText(a.tag, b.tag)
  );
}

export function operationId(device: string, n: number, tag: string): string {
  return `${device}.${n}.${tag}`;
}

const ID = /^([a-z2-7]{16})\.([1-9][0-9]{0,15})\.([a-z2-7]{8})$/;

/** The parts of an operation's id, or null when it is none. */
export function parseOperationId(id: string): { device: string; n: number; tag: string } | null {
  const [, device, digits, tag] = ID.exec(id) ?? [];
  if (device === undefined || digits === undefined || tag === undefined) return null;
  const n = Number(digits);
  return Number.isSafeInteger(n) ? { device, n, tag } : null;
}

export function keyOf(id: string, stamp: ServerStamp): Key {
  const { device, n, tag } = parseOperationId(id) ?? { device: id, n: 0, tag: "" };
  const [ms, count, effectiveMs] = stamp;
  return { effectiveMs, ms, count, device, n, tag };
}
