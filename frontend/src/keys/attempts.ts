/**
 * How often somebody may try: a pure rule over what is stored. Each try is counted on the disk before it is looked at,
 * so that a phone that is killed in between has counted it, and a clock that is set back only makes it wait longer.
 */
import type { Keyring, WayKind } from "./keyring.ts";

/** Wrong answers that cost nothing but the time of the derivation. */
const FREE_MAX = 5;
const WAIT_MS = 30_000;
const WAIT_MS_MAX = 3_600_000;
/** A short PIN is given up after so many: whoever holds the phone would find it. */
export const PIN_TRIES_MAX = 10;

export type Verdict =
  | { readonly may: "try"; readonly left: number | null }
  /** Milliseconds to wait. */
  | { readonly may: "wait"; readonly forMs: number; readonly left: number | null }
  | { readonly may: "never" };

export function mayTry(keyring: Keyring, kind: WayKind, nowMs: number): Verdict {
  if (!keyring.ways.some((way) => way.kind === kind)) return { may: "never" };
  // A passkey is guarded by the phone itself.
  if (kind === "passkey") return { may: "try", left: null };
  const left = kind === "pin" ? PIN_TRIES_MAX - keyring.failures : null;
  // Counted, and killed before it was taken away.
  if (left !== null && left <= 0) return { may: "never" };
  const forMs = waitMs(keyring.failures) - Math.max(0, nowMs - keyring.failed_ms);
  return forMs > 0 ? { may: "wait", forMs, left } : { may: "try", left };
}

/** Before the answer is looked at. */
export function counted(keyring: Keyring, nowMs: number): Keyring {
  return { ...keyring, failures: keyring.failures + 1, failed_ms: nowMs };
}

/** After a wrong one: the last try of a PIN takes the PIN away. */
export function failed(keyring: Keyring, kind: WayKind): Keyring {
  if (kind !== "pin" || keyring.failures < PIN_TRIES_MAX) return keyring;
  return { ...keyring, ways: keyring.ways.filter((way) => way.kind !== "pin") };
}

function waitMs(failures: number): number {
  return failures < FREE_MAX ? 0 : Math.min(WAIT_MS_MAX, WAIT_MS * 2 ** (failures - FREE_MAX));
}
