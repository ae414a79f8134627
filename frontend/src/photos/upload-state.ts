/**
 * When photos are sent: a pure state machine. Every event carries `nowMs`, chance is an argument, nothing here does
 * anything. One move is one request; which one stands in `moves.ts`.
 *
 *               asked                 nothing is left
 *     resting ---------> working ------------------------> resting
 *                        |  ^  ^
 *        a move was made |  |  | due, or asked by a person, the network or the screen
 *                        +--+  |
 *                        |     +------ waiting <---- the next photo's time has not come
 *                        |                ^
 *                        | failed         |
 *                        +----------------+
 *                        | failed: 401                    asked after an exchange that went through
 *                        +-------------> needs-sign-in ----------------------------------------> working
 *
 * As with operations (P21), a new photo does not cut a wait short, nothing does before `Retry-After` has passed, and
 * a wait ends by itself (A23).
 */
import type { Failure } from "../sync/state.ts";

export const PART_BYTES_MIN = 64 * 1024;
export const PART_BYTES_MAX = 256 * 1024;
/** A part should be through before somebody who has just saved something wonders why it is not sent. */
const PART_MS_MAX = 4_000;
const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 300_000;
/** So many photos that fail one after the other are not each at fault. */
const PASSED_IN_A_ROW_MAX = 3;
/** One photo alone may wait longer: the others go on meanwhile. */
const PUT_OFF_MAX_MS = 3_600_000;

export interface UploadState {
  readonly phase: "resting" | "working" | "waiting" | "needs-sign-in";
  /** In a row, of whatever photo. */
  readonly failures: number;
  readonly problem: string | null;
  readonly nextTryMs: number | null;
  /** No attempt before this, whoever asks. */
  readonly notBeforeMs: number;
  readonly partBytes: number;
  /** Asked while working: one more look for photos follows. */
  readonly again: boolean;
}

/**
 * `saved`: a photo was added; `answered`: an exchange went through; `back`: one did after some had failed; the others
 * as in `sync/state.ts`.
 */
export type UploadCause = "saved" | "answered" | "back" | "person" | "online" | "visible";

interface Part {
  readonly bytes: number;
  readonly tookMs: number;
}

export type UploadEvent =
  | { readonly type: "asked"; readonly cause: UploadCause; readonly nowMs: number }
  | { readonly type: "due"; readonly nowMs: number }
  /** A request did what it should. */
  | { readonly type: "moved"; readonly part: Part | null; readonly isProgress: boolean }
  /** This photo is put off or refused: the next one may go. */
  | { readonly type: "passed"; readonly jitter: number; readonly nowMs: number }
  /** No photo's turn has come; `nextMs`: when one's will. */
  | { readonly type: "emptied"; readonly nextMs: number | null }
  | { readonly type: "failed"; readonly failure: Failure; readonly jitter: number; readonly nowMs: number };

export const AT_REST: UploadState = {
  phase: "resting",
  failures: 0,
  problem: null,
  nextTryMs: null,
  notBeforeMs: 0,
  partBytes: PART_BYTES_MIN,
  again: false,
};

export function stepUpload(state: UploadState, event: UploadEvent): UploadState {
  switch (event.type) {
    case "asked":
      return ask(state, event.cause, event.nowMs);
    case "due":
      return state.phase === "waiting" && isDue(state, event.nowMs) ? work(state) : state;
    case "moved":
      return moved(state, event.part, event.isProgress);
    case "passed":
      return passed(state, event.jitter, event.nowMs);
    case "emptied":
      return emptied(state, event.nextMs);
    case "failed":
      return failed(state, event.failure, event.jitter, event.nowMs);
  }
}

function work(state: UploadState): UploadState {
  return { ...state, phase: "working", nextTryMs: null, again: false };
}

function isDue(state: UploadState, nowMs: number): boolean {
  return state.nextTryMs === null || nowMs >= state.nextTryMs;
}

function ask(state: UploadState, cause: UploadCause, nowMs: number): UploadState {
  if (state.phase === "resting") return work(state);
  if (state.phase === "working") return { ...state, again: true };
  if (state.phase === "needs-sign-in") return cause === "answered" || cause === "back" ? work(state) : state;
  const mayHurry = cause !== "saved" && cause !== "answered" && nowMs >= state.notBeforeMs;
  // Where only single photos wait for their time, a new one need not.
  const isCalm = state.failures === 0 && state.problem === null;
  return mayHurry || isCalm || isDue(state, nowMs) ? work(state) : state;
}

/** An answer alone does not forgive: a line that carries questions but no parts would be tried every two seconds. */
function moved(state: UploadState, part: Part | null, isProgress: boolean): UploadState {
  const calm: UploadState = { ...state, failures: isProgress ? 0 : state.failures, problem: null, notBeforeMs: 0 };
  return part ? { ...calm, partBytes: partBytesAt(part.bytes, part.tookMs) } : calm;
}

/** One bad photo blocks no other (A24); where several in a row fail, it is the server, which is left in peace. */
function passed(state: UploadState, jitter: number, nowMs: number): UploadState {
  const failures = state.failures + 1;
  if (state.phase !== "working" || failures < PASSED_IN_A_ROW_MAX) return { ...state, failures };
  const nextTryMs = nowMs + backoffMs(failures - PASSED_IN_A_ROW_MAX, RETRY_MAX_MS, jitter);
  return { ...state, phase: "waiting", failures, nextTryMs, again: false };
}

/** Pure: whole steps of 64 KiB, as many as go through in a few seconds at the speed that was measured. */
export function partBytesAt(bytes: number, tookMs: number): number {
  const possible = (bytes / Math.max(1, tookMs)) * PART_MS_MAX;
  const steps = Math.floor(possible / PART_BYTES_MIN);
  return Math.min(PART_BYTES_MAX, Math.max(PART_BYTES_MIN, steps * PART_BYTES_MIN));
}

function emptied(state: UploadState, nextMs: number | null): UploadState {
  if (state.phase !== "working") return state;
  if (state.again) return work(state);
  const calm: UploadState = { ...state, failures: 0, problem: null, notBeforeMs: 0 };
  return nextMs === null
    ? { ...calm, phase: "resting", nextTryMs: null }
    : { ...calm, phase: "waiting", nextTryMs: nextMs };
}

function failed(state: UploadState, failure: Failure, jitter: number, nowMs: number): UploadState {
  if (state.phase !== "working") return state;
  const { code, status, from, retryAfterMs } = failure;
  const problem = from === "nothing" ? null : code;
  const known: UploadState = { ...state, problem, again: false, partBytes: PART_BYTES_MIN };
  if (status === 401 || code === "device-mismatch") return { ...known, phase: "needs-sign-in", nextTryMs: null };
  return {
    ...known,
    phase: "waiting",
    failures: state.failures + 1,
    nextTryMs: nowMs + Math.max(backoffMs(state.failures, RETRY_MAX_MS, jitter), retryAfterMs ?? 0),
    notBeforeMs: retryAfterMs === null ? 0 : nowMs + retryAfterMs,
  };
}

/** Half of it is chance, so that a thousand phones do not come back in the same second. */
function backoffMs(failures: number, maxMs: number, jitter: number): number {
  const wholeMs = Math.min(RETRY_FIRST_MS * 2 ** Math.min(failures, 20), maxMs);
  return Math.round(wholeMs * (0.5 + jitter / 2));
}

/** How long one photo is put off; `failures` of its own, this one included. */
export function putOffMs(failures: number, jitter: number): number {
  return backoffMs(failures, PUT_OFF_MAX_MS, jitter);
}
