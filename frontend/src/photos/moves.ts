/** What is sent next of one photo, and what an answer makes of it. Pure: rows and replies in, changes out. */
import type { PhotoRow } from "../store/schema.ts";
import type { Failure } from "../sync/state.ts";
import { putOffMs } from "./upload-state.ts";

export type Move =
  | { readonly type: "create" }
  /** Ask how far it has come: nothing of it was seen by this tab in this life. */
  | { readonly type: "find"; readonly url: string }
  | { readonly type: "part"; readonly url: string; readonly from: number; readonly to: number };

/** What a request that went through said. */
export interface Standing {
  readonly url: string;
  readonly offset: number;
}

/**
 * `tab`: a random name of this page's life. An upload that another tab, or this one before it was killed, saw last is
 * asked for first: a part may have arrived of which nobody has heard, and it is not sent twice.
 */
export function planMove({ upload, bytes }: PhotoRow, tab: string, partBytes: number): Move {
  if (!upload) return { type: "create" };
  const { url, offset, by } = upload;
  if (by !== tab || offset >= bytes) return { type: "find", url };
  return { type: "part", url, from: offset, to: Math.min(bytes, offset + partBytes) };
}

/** The server has every byte: that is the photo's receipt. */
export function isReceived(row: PhotoRow, { offset }: Standing): boolean {
  return offset >= row.bytes;
}

/** More is there than was known: the line carries, and the photo goes through. */
export function isProgress(row: PhotoRow, standing: Standing): boolean {
  return isReceived(row, standing) || (row.upload !== null && standing.offset > row.upload.offset);
}

export function afterMove(row: PhotoRow, standing: Standing, tab: string, nowMs: number): Partial<PhotoRow> {
  const calm = { failures: 0, not_before_ms: 0, code: null };
  if (isReceived(row, standing)) return { ...calm, state: "received", upload: null, settled_ms: nowMs };
  // Progress forgives; asking does not, or an upload that always fails after asking would be tried without end.
  return { ...(isProgress(row, standing) ? calm : {}), upload: { ...standing, by: tab } };
}

/**
 * wait: nothing of it is this photo's fault; sign-in: nothing goes before that. The others concern this photo alone,
 * and the next one may go: ask again how far it is, begin anew, put it off, or leave it to a person.
 */
export type Verdict = "wait" | "sign-in" | "ask" | "anew" | "put-off" | "refuse";

const WAIT_STATUSES: readonly number[] = [429, 502, 503, 504];
/** Refusals that may be of the moment: a time-out, a part out of place, a version of tus, a damaged part. */
const PASSING_STATUSES: readonly number[] = [408, 409, 412, 460];

export function judge(move: Move, { code, status, from }: Failure): Verdict {
  if (status === 401 || code === "device-mismatch") return "sign-in";
  if (from !== "server" || WAIT_STATUSES.includes(status) || code === "device-lost") return "wait";
  if (status === 404 || status === 410) return move.type === "create" ? "put-off" : "anew";
  // A body that broke off on its way is said to be unreadable.
  if (PASSING_STATUSES.includes(status) || code === "json-unreadable")
    return move.type === "create" ? "put-off" : "ask";
  // Asking refuses nothing: its answer has no body that could say why.
  return status >= 500 || status < 400 || move.type === "find" ? "put-off" : "refuse";
}

/** The first of these is followed at once; from then on a photo that goes in circles is put off like any other. */
const AT_ONCE_FAILURES = 2;

export function afterFailure(
  row: PhotoRow,
  verdict: Verdict,
  code: string,
  jitter: number,
  nowMs: number,
): Partial<PhotoRow> {
  const upload = verdict === "anew" || !row.upload ? null : { ...row.upload, by: "" };
  if (verdict === "wait" || verdict === "sign-in") return { upload };
  const failures = row.failures + 1;
  if (verdict === "refuse") return { upload: null, failures, code, state: "refused" };
  const isAtOnce = verdict !== "put-off" && failures <= AT_ONCE_FAILURES;
  return { upload, failures, code, not_before_ms: isAtOnce ? 0 : nowMs + putOffMs(failures, jitter) };
}
