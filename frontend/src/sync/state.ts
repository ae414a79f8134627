/**
 * When to send: a pure state machine. Every event carries `nowMs`, chance is an argument, nothing here does anything.
 *
 *              asked                 answered, no more
 *     idle ------------> sending ------------------------> idle
 *                        |  ^  |
 *        answered, more  |  |  | failed: 401                  +---------------+  signed-in
 *        or asked again  +--+  +----------------------------> | needs-sign-in | ------------> sending
 *        or 413 (halved)  |  |                                +---------------+
 *                         |  | failed: protocol-unsupported   +---------+
 *                         |  +------------------------------> | stopped | (until the app is updated)
 *                         | failed: anything else             +---------+
 *                         v
 *                 waiting-to-retry --- due, or asked by a person, the network or the screen ---> sending
 *
 * A new write does not cut a wait short (P21), and nothing does before `Retry-After` has passed.
 */
import { BATCH_OPERATIONS_MAX } from "./core/limits.ts";

const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 300_000;

export type Phase = "idle" | "sending" | "waiting-to-retry" | "needs-sign-in" | "stopped";

export interface SyncState {
  readonly phase: Phase;
  readonly offline: boolean;
  /** Failures in a row. */
  readonly failures: number;
  readonly problem: string | null;
  readonly nextTryMs: number | null;
  /** No attempt before this, whoever asks. */
  readonly notBeforeMs: number;
  readonly batchMax: number;
  /** Asked while sending: one more round follows. */
  readonly again: boolean;
}

/** `save` and `timer` ask politely; a person, the network and the screen may end a wait. */
export type Cause = "save" | "timer" | "person" | "online" | "visible";

export interface Failure {
  readonly code: string;
  readonly status: number;
  readonly retryAfterMs: number | null;
  readonly from: "server" | "stranger" | "nothing";
}

export type SyncEvent =
  | { readonly type: "asked"; readonly cause: Cause; readonly nowMs: number }
  | { readonly type: "due"; readonly nowMs: number }
  | { readonly type: "answered"; readonly more: boolean; readonly nowMs: number }
  | { readonly type: "failed"; readonly failure: Failure; readonly jitter: number; readonly nowMs: number }
  | { readonly type: "offline"; readonly nowMs: number }
  | { readonly type: "signed-in"; readonly nowMs: number }
  | { readonly type: "signed-out"; readonly nowMs: number };

export const INITIAL: SyncState = {
  phase: "idle",
  offline: false,
  failures: 0,
  problem: null,
  nextTryMs: null,
  notBeforeMs: 0,
  batchMax: BATCH_OPERATIONS_MAX,
  again: false,
};

export function step(state: SyncState, event: SyncEvent): SyncState {
  switch (event.type) {
    case "asked":
      return ask(state, event.cause, event.nowMs);
    case "due":
      return state.phase === "waiting-to-retry" && isDue(state, event.nowMs) ? send(state) : state;
    case "answered":
      return answered(state, event.more);
    case "failed":
      return failed(state, event.failure, event.jitter, event.nowMs);
    case "offline":
      return { ...state, offline: true };
    case "signed-in":
      return send({ ...INITIAL, offline: state.offline });
    case "signed-out":
      return { ...INITIAL, offline: state.offline };
  }
}

function send(state: SyncState): SyncState {
  return { ...state, phase: "sending", nextTryMs: null, again: false };
}

function isDue(state: SyncState, nowMs: number): boolean {
  return state.nextTryMs === null || nowMs >= state.nextTryMs;
}

function ask(state: SyncState, cause: Cause, nowMs: number): SyncState {
  if (state.phase === "idle") return send(state);
  if (state.phase === "sending") return { ...state, again: true };
  if (state.phase !== "waiting-to-retry") return state;
  const mayHurry = cause !== "save" && cause !== "timer" && nowMs >= state.notBeforeMs;
  return mayHurry || isDue(state, nowMs) ? send(state) : state;
}

function answered(state: SyncState, more: boolean): SyncState {
  if (state.phase !== "sending") return state;
  const calm: SyncState = { ...state, offline: false, failures: 0, problem: null, nextTryMs: null, notBeforeMs: 0 };
  return more || state.again ? send(calm) : { ...calm, phase: "idle", batchMax: BATCH_OPERATIONS_MAX };
}

function failed(state: SyncState, failure: Failure, jitter: number, nowMs: number): SyncState {
  if (state.phase !== "sending") return state;
  const { code, status, from } = failure;
  // Only our server's own answer proves a connection; where nothing answers there is no problem to explain either.
  const problem = from === "nothing" ? null : code;
  const known: SyncState = { ...state, offline: from !== "server", problem, again: false };
  if (status === 401 || code === "device-mismatch") return { ...known, phase: "needs-sign-in" };
  if (code === "protocol-unsupported") return { ...known, phase: "stopped" };
  if (status === 413 && state.batchMax > 1) return send({ ...known, batchMax: Math.floor(state.batchMax / 2) });
  return wait(known, failure.retryAfterMs, jitter, nowMs);
}

function wait(state: SyncState, retryAfterMs: number | null, jitter: number, nowMs: number): SyncState {
  const backoffMs = Math.min(RETRY_FIRST_MS * 2 ** Math.min(state.failures, 20), RETRY_MAX_MS);
  // Half of it is chance, so that a thousand phones do not come back in the same second.
  const delayMs = Math.max(Math.round(backoffMs * (0.5 + jitter / 2)), retryAfterMs ?? 0);
  return {
    ...state,
    phase: "waiting-to-retry",
    failures: state.failures + 1,
    nextTryMs: nowMs + delayMs,
    notBeforeMs: retryAfterMs === null ? 0 : nowMs + retryAfterMs,
  };
}
