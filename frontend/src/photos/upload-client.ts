/** tus 1.0 as far as a phone needs it (P23): create, ask how far, send a part with its checksum. Errors are values. */
import type { PhotoRow } from "../store/schema.ts";
import { type Client, failed, ownProblem, type Reply, type Result, readReply } from "../sync/client.ts";
import { base64Of, base64OfText, sha256 } from "./digest.ts";
import type { Move, Standing } from "./moves.ts";

const PATH = "/api/v1/uploads";
const VERSION = { "Tus-Resumable": "1.0.0" };

export interface UploadClient {
  /** `full` is read only where a part of it is sent. */
  make(move: Move, photo: PhotoRow, full: ArrayBuffer): Promise<Result<Standing>>;
}

export function createUploadClient(client: Client): UploadClient {
  return {
    make: async (move, photo, full) => {
      if (move.type === "create") return await create(client, photo);
      if (move.type === "find") return await find(client, move.url);
      return await send(client, move.url, move.from, full.slice(move.from, move.to));
    },
  };
}

async function create(client: Client, { id, sha256: digest, bytes }: PhotoRow): Promise<Result<Standing>> {
  const metadata = `sha256 ${base64OfText(digest)},record ${base64OfText(id)}`;
  const headers = { ...VERSION, "Upload-Length": String(bytes), "Upload-Metadata": metadata };
  const take = (response: Response) => {
    const url = pathOf(response.headers.get("Location"));
    return url === null ? null : { url, offset: offsetOf(response) ?? 0 };
  };
  return await ask(client, "POST", PATH, { headers }, take);
}

async function find(client: Client, url: string): Promise<Result<Standing>> {
  return await ask(client, "HEAD", url, { headers: VERSION }, standingAt(url));
}

async function send(client: Client, url: string, offset: number, part: ArrayBuffer): Promise<Result<Standing>> {
  const checksum = `sha256 ${base64Of(await sha256(part))}`;
  const headers = { ...VERSION, "Upload-Offset": String(offset), "Upload-Checksum": checksum };
  const contentType = "application/offset+octet-stream";
  return await ask(client, "PATCH", url, { headers, body: part, contentType }, standingAt(url));
}

const standingAt =
  (url: string) =>
  (response: Response): Standing | null => {
    const offset = offsetOf(response);
    return offset === null ? null : { url, offset };
  };

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: ArrayBuffer;
  readonly contentType?: string;
}

async function ask(
  client: Client,
  method: string,
  path: string,
  request: Request,
  take: (response: Response) => Standing | null,
): Promise<Result<Standing>> {
  const reply = await client.send<Standing>(method, path, {
    ...request,
    take: (response) => read(response, method, take),
  });
  if (!reply.ok) return reply;
  return reply.value.body ? { ok: true, value: reply.value.body } : failed("stranger");
}

/** Only a server of uploads names its version: a captive portal's page is no answer. */
async function read(
  response: Response,
  method: string,
  take: (response: Response) => Standing | null,
): Promise<Result<Reply<Standing>>> {
  const { status } = response;
  if (response.ok) {
    const body = response.headers.has("Tus-Resumable") ? take(response) : null;
    return body ? { ok: true, value: { body, status, etag: null } } : failed("stranger");
  }
  const isProblem = (response.headers.get("Content-Type") ?? "").startsWith("application/problem+json");
  const isOurs = isProblem || response.headers.has("Tus-Resumable");
  // An answer to HEAD has no body, and tus asks for none elsewhere: the status alone speaks.
  return isOurs && (method === "HEAD" || !isProblem) ? silent(status) : await readReply(response);
}

function silent(status: number): Result<never> {
  const code = status === 401 ? "not-signed-in" : status === 404 || status === 410 ? "not-found" : "internal";
  return { ok: false, problem: ownProblem(code, status), retryAfterMs: null, from: "server" };
}

function offsetOf(response: Response): number | null {
  const text = response.headers.get("Upload-Offset") ?? "";
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : null;
}

/** On our own server, and nowhere else, whatever the answer says. */
function pathOf(location: string | null): string | null {
  return /^(?:https?:\/\/[^/]+)?(\/api\/v1\/uploads\/[\w-]+)$/.exec(location ?? "")?.[1] ?? null;
}
