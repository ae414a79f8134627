/** A server of uploads as a function, after P23 and tus 1.0: it keeps the rules, and notes where a phone breaks them. */
import { base64Of, hexOf, sha256 } from "../src/photos/digest.ts";

interface Upload {
  readonly record: string;
  readonly sha256: string;
  readonly length: number;
  readonly bytes: Uint8Array;
  offset: number;
}

export interface UploadServer {
  readonly fetch: (input: unknown, init?: RequestInit) => Promise<Response>;
  /** Photo records that it has accepted. */
  readonly records: Set<string>;
  /** Whole pictures, by their hash. */
  readonly received: Map<string, Uint8Array>;
  /** Bytes of parts that came again although they were stored. */
  readonly repeatedBytes: () => number;
  readonly requests: () => number;
  /** As after its time, or after a restore. */
  forgetUploads(): void;
}

const PATH = "/api/v1/uploads";

export function uploadServer(): UploadServer {
  const uploads = new Map<string, Upload>();
  const records = new Set<string>();
  const received = new Map<string, Uint8Array>();
  let repeated = 0;
  let requests = 0;
  let made = 0;

  const create = (headers: Headers): Response => {
    const metadata = new Map((headers.get("Upload-Metadata") ?? "").split(",").map(readPair));
    const [digest = "", record = ""] = [metadata.get("sha256"), metadata.get("record")];
    if (!records.has(record)) return problem(404, "not-found");
    const length = Number(headers.get("Upload-Length"));
    made += 1;
    const url = `${PATH}/upload-${made}`;
    const offset = received.has(digest) ? length : 0;
    uploads.set(url, { record, sha256: digest, length, bytes: new Uint8Array(length), offset });
    return tus(201, { Location: `http://localhost${url}`, "Upload-Offset": String(offset) });
  };
  const append = async (url: string, headers: Headers, body: ArrayBuffer): Promise<Response> => {
    const upload = uploads.get(url);
    if (!upload) return problem(404, "not-found");
    const offset = Number(headers.get("Upload-Offset"));
    if (offset < upload.offset) repeated += Math.min(body.byteLength, upload.offset - offset);
    if (offset !== upload.offset) return problem(409, "offset-wrong");
    if (headers.get("Upload-Checksum") !== `sha256 ${base64Of(await sha256(body))}`)
      return problem(460, "checksum-wrong");
    upload.bytes.set(new Uint8Array(body), offset);
    upload.offset += body.byteLength;
    if (upload.offset === upload.length && !(await complete(upload))) {
      uploads.delete(url);
      return problem(460, "photo-mismatch");
    }
    return tus(204, { "Upload-Offset": String(upload.offset) });
  };
  const complete = async ({ bytes, sha256: digest }: Upload): Promise<boolean> => {
    if (hexOf(await sha256(bytes.slice())) !== digest) return false;
    received.set(digest, bytes);
    return true;
  };
  const find = (url: string): Response => {
    const upload = uploads.get(url);
    if (!upload) return tus(404, {});
    return tus(200, { "Upload-Offset": String(upload.offset), "Upload-Length": String(upload.length) });
  };
  return {
    records,
    received,
    repeatedBytes: () => repeated,
    requests: () => requests,
    forgetUploads: () => uploads.clear(),
    fetch: async (input, init = {}) => {
      requests += 1;
      const [url, headers] = [String(input), new Headers(init.headers)];
      if (headers.get("Tus-Resumable") !== "1.0.0" || headers.get("X-Diaban") !== "1") return problem(412, "x");
      if (init.method === "POST" && url === PATH) return create(headers);
      if (init.method === "HEAD") return find(url);
      return await append(url, headers, init.body as ArrayBuffer);
    },
  };
}

function readPair(pair: string): [string, string] {
  const [name = "", value = ""] = pair.split(" ");
  return [name, atob(value)];
}

function tus(status: number, headers: Record<string, string>): Response {
  return new Response(null, { status, headers: { "Tus-Resumable": "1.0.0", ...headers } });
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  const body = JSON.stringify({ type: `/problems/${code}`, title: "", detail: "", status });
  return new Response(body, {
    status,
    headers: { "Content-Type": "application/problem+json", "Tus-Resumable": "1.0.0", ...headers },
  });
}
