/** HTTP: requests with the app's header, errors as values, one refresh of the session on a 401. */
import type { Problem } from "../engine/contract.ts";
import type { Locked } from "../platform/locks.ts";
import { isObject } from "./core/value.ts";

const GZIP_FROM_BYTES = 1_024;
const TIMEOUT_MS = 90_000;
const GATEWAY_ERRORS: readonly number[] = [502, 503, 504];
const PROBLEM_TYPE = "/problems/";

export interface Reply<T> {
  readonly body: T | null;
  readonly status: number;
  readonly etag: string | null;
}

export type Result<T> = { readonly ok: true; readonly value: T } | Failed;

export interface Failed {
  readonly ok: false;
  readonly problem: Problem;
  readonly retryAfterMs: number | null;
  /** What proved it: our server's own answer, something else that answered, or nothing at all. */
  readonly from: "server" | "stranger" | "nothing";
}

export interface Client {
  /** Any JSON answer, or 204 and 304 without a body. */
  send<T>(method: string, path: string, options?: SendOptions<T>): Promise<Result<Reply<T>>>;
}

export interface SendOptions<T = unknown> {
  readonly body?: BodyInit | object;
  readonly contentType?: string;
  readonly etag?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Reads an answer that is no JSON: of an upload, or a picture. */
  readonly take?: (response: Response) => Promise<Result<Reply<T>>>;
  /** False for signing in and refreshing themselves. */
  readonly refresh?: boolean;
}

export interface ClientOptions {
  readonly fetch: typeof fetch;
  readonly language: () => string;
  /** One refresh at a time over all tabs: two at once would leave the cookie of the one that lost. */
  readonly lock: Locked;
  /**
   * What this device proves itself by, or null. Browsers write cookies to disk late (Chromium up to 30 s), so a phone
   * whose process was killed may wake up with none, or with one that is spent.
   */
  readonly proof: () => Promise<object | null>;
  /** Whose request it is: cookies are the browser's, and may be those of whoever worked here before. */
  readonly device: () => string | null;
}

/** The cookies are gone, spent, or somebody else's. */
const isOfNobody = ({ status, code }: Problem) => status === 401 || code === "device-mismatch";

export function createClient(options: ClientOptions): Client {
  const once = <T>(method: string, path: string, extra: SendOptions<T>) => sendOnce<T>(options, method, path, extra);
  return {
    send: async <T>(method: string, path: string, extra: SendOptions<T> = {}) => {
      // Taken once: the phone may go to somebody else while a request is on its way.
      const device = options.device();
      const first = await once<T>(method, path, extra);
      if (first.ok || !isOfNobody(first.problem) || extra.refresh === false) return first;
      const refreshed = await options.lock("diaban-refresh", async () => {
        const proof = await options.proof();
        return await once("POST", "/api/v1/sessions/refresh", { body: proof ? { proof } : {} });
      });
      if (options.device() !== device) return first;
      if (refreshed.ok) return await once<T>(method, path, extra);
      // Only the server can say that the session is over; a connection that broke just now is tried again later.
      return refreshed.problem.status === 401 || refreshed.problem.status === 403 ? first : refreshed;
    },
  };
}

async function sendOnce<T>(
  options: ClientOptions,
  method: string,
  path: string,
  extra: SendOptions<T>,
): Promise<Result<Reply<T>>> {
  try {
    const device = options.device();
    const { body, headers } = await encode(extra, options.language());
    if (device !== null) headers.set("X-Diaban-Device", device);
    const response = await options.fetch(path, {
      method,
      headers,
      body,
      credentials: "same-origin",
      cache: "no-store",
      // Our API never redirects; a captive portal does, and then shows as a response of another kind.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return await (extra.take ?? readReply<T>)(response);
  } catch {
    // No connection, a time-out, or a body that broke off: all the same to a retry.
    return failed("nothing");
  }
}

async function encode<T>(
  extra: SendOptions<T>,
  language: string,
): Promise<{ body: BodyInit | null; headers: Headers }> {
  const headers = new Headers({
    "X-Diaban": "1",
    Accept: "application/json",
    "Accept-Language": language,
    ...extra.headers,
  });
  if (extra.etag) headers.set("If-None-Match", extra.etag);
  const { body, contentType } = extra;
  if (body === undefined) return { body: null, headers };
  if (contentType !== undefined) headers.set("Content-Type", contentType);
  if (!isPlain(body)) return { body, headers };
  if (contentType === undefined) headers.set("Content-Type", "application/json");
  const text = JSON.stringify(body);
  if (text.length < GZIP_FROM_BYTES || typeof CompressionStream === "undefined") return { body: text, headers };
  headers.set("Content-Encoding", "gzip");
  return { body: await gzip(text), headers };
}

/** An object to be sent as JSON, rather than something that `fetch` takes as it is. */
function isPlain(body: BodyInit | object): body is object {
  if (typeof body !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(body);
  return Array.isArray(body) || prototype === Object.prototype || prototype === null;
}

async function gzip(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).arrayBuffer();
}

export async function readReply<T>(response: Response): Promise<Result<Reply<T>>> {
  const { status } = response;
  const etag = response.headers.get("ETag");
  if (status === 304 || status === 204) return { ok: true, value: { body: null, status, etag } };
  const type = response.headers.get("Content-Type") ?? "";
  if (response.ok && type.startsWith("application/json")) {
    return { ok: true, value: { body: (await response.json()) as T, status, etag } };
  }
  const problem = type.startsWith("application/problem+json") ? readProblem(await response.json(), status) : null;
  const retryAfterMs = readRetryAfter(response.headers.get("Retry-After"));
  if (problem) return { ok: false, problem, retryAfterMs, from: "server" };
  // A proxy in front of a server that restarts or is overloaded; any other page is a captive portal's (P21).
  if (GATEWAY_ERRORS.includes(status))
    return { ok: false, problem: ownProblem("busy", status), retryAfterMs, from: "server" };
  return failed("stranger", retryAfterMs);
}

function readProblem(body: unknown, status: number): Problem | null {
  if (!isObject(body) || typeof body.type !== "string" || !body.type.startsWith(PROBLEM_TYPE)) return null;
  const { title, detail } = body;
  const errors = readErrors(body.errors);
  const code = body.type.slice(PROBLEM_TYPE.length);
  return { code, title: asText(title), detail: asText(detail), status, ...(errors.length > 0 && { errors }) };
}

function readErrors(errors: unknown): NonNullable<Problem["errors"]> {
  const all: unknown[] = Array.isArray(errors) ? errors : [];
  return all
    .filter(isObject)
    .map(({ pointer, code, detail }) => ({ pointer: asText(pointer), code: asText(code), detail: asText(detail) }));
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Seconds; the dated form is not used by our server and a wrong clock would misread it. */
function readRetryAfter(header: string | null): number | null {
  return header !== null && /^[0-9]{1,6}$/.test(header) ? Number(header) * 1_000 : null;
}

/** A failure that this phone finds itself. */
export function failed(from: "stranger" | "nothing", retryAfterMs: number | null = null): Failed {
  const code = from === "nothing" ? "no-connection" : "no-internet";
  return { ok: false, problem: ownProblem(code, 0), retryAfterMs, from };
}

/** The screens have the sentences of its code. */
export function ownProblem(code: string, status: number): Problem {
  return { code, title: "", detail: "", status };
}
