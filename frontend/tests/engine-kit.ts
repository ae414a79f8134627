/** An engine over a server made of a function: signed in to, answered by, out of reach. */
import { expect, vi } from "vitest";
import type { Engine, Session } from "../src/engine/contract.ts";
import { createEngine } from "../src/engine/engine.ts";
import { toBase64Url } from "../src/platform/device-key.ts";
import { queueInTab } from "../src/platform/locks.ts";
import type { SpareDoor } from "../src/spare/contract.ts";
import { openSessionStore } from "../src/store/session-store.ts";
import type { Answer, Request as SyncRequest } from "../src/sync/core/exchange.ts";
import { accepted, answer, CAI_KHE, LAN, newDevice, pulled, stillPage, type Timer } from "./kit.ts";
import { openedByServer } from "./sealed-text.ts";

export const WALL = 1_000_000;
export const SERVER_NOW = 1_764_000_000_000;

export interface Server {
  isReachable: boolean;
  /** Of a new phone; each test has its own, and with it a store of its own. */
  device: string;
  username: string;
  userId: string;
  /** Whose cookies the browser has: requests for other devices are refused, as the server does it. */
  cookiesOf: string | null;
  /** Bodies of `POST /sessions/refresh`. */
  readonly refreshes: unknown[];
  areaReads: number;
  /** Records of the sealed operations that were handed in. */
  readonly boxes: string[];
  /** It says nothing of what is handed in. */
  isForgetful?: boolean;
  hasSession: boolean;
  /** What it says of the store that this browser has erased. */
  lostStore?: { readonly received: number; readonly unsent: number };
  sync: (request: SyncRequest) => Answer;
}

export function newServer(): Server {
  const sync = (request: SyncRequest) =>
    answer({
      receipts: request.operations.map((operation) => accepted(operation.n)),
      seen_n: request.operations.at(-1)?.n ?? 0,
      // Only a first pull: a later one would have to bring what was pushed.
      pull: Object.fromEntries(
        Object.entries(request.cursors).flatMap(([id, cursor]) => (cursor === null ? [[id, pulled()]] : [])),
      ),
    });
  const device = newDevice();
  return {
    isReachable: true,
    hasSession: true,
    refreshes: [],
    boxes: [],
    areaReads: 0,
    device,
    username: `lan.${device}`,
    userId: LAN.id,
    cookiesOf: null,
    sync,
  };
}

const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
const POINT = toBase64Url(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));

function refused(code: string, status = 401): Response {
  return new Response(`{"type":"/problems/${code}","title":"","detail":"","status":${status}}`, {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });
}

async function reply(server: Server, method: string, path: string, body: string, of: string): Promise<Response> {
  const json = (value: unknown) =>
    new Response(JSON.stringify(value), { headers: { "Content-Type": "application/json" } });
  if (path === "/api/v1/sessions/refresh") {
    const asked = JSON.parse(body) as { proof?: { device: string } };
    server.refreshes.push(asked);
    server.hasSession = true;
    server.cookiesOf = asked.proof?.device ?? server.cookiesOf;
    return json({});
  }
  const isSignIn = path === "/api/v1/sessions" && method === "POST";
  if (!server.hasSession) return refused("not-signed-in");
  if (!isSignIn && server.cookiesOf !== null && server.cookiesOf !== of) return refused("device-mismatch", 403);
  if (path === "/api/v1/sync") return json({ ...server.sync(JSON.parse(body) as SyncRequest), now: SERVER_NOW });
  if (path === "/api/v1/sealing-key") return json({ key: POINT, id: "first" });
  if (path === "/api/v1/sealed") {
    const { device, operations } = await openedByServer(body, pair.privateKey);
    server.boxes.push(...operations.map(({ record }) => record));
    return json({ device, receipts: server.isForgetful ? [] : operations.map(({ n }) => accepted(n)) });
  }
  if (method === "DELETE") return new Response(null, { status: 204 });
  if (path.startsWith("/api/v1/areas")) {
    server.areaReads += 1;
    return json({
      items: [{ id: "a", code: null, kind: "group", name: "1", full_name: "Tổ 1", parent: CAI_KHE }],
      next: null,
    });
  }
  const { password, device } = JSON.parse(body) as { password: string; device: { id?: string } };
  if (password !== "đúng") {
    return refused("credentials-wrong");
  }
  const area = { id: CAI_KHE, code: "31120", name: "Cái Khế" };
  server.cookiesOf = device.id ?? server.device;
  const user: Session["user"] = {
    ...LAN,
    id: server.userId,
    username: server.username,
    role: "officer",
    areas: [area],
  };
  const secret = "A".repeat(43);
  return json({
    user,
    device: { id: device.id ?? server.device, name: "?", state: "active", secret, lost_store: server.lostStore },
    expires_s: 3_600,
  });
}

export async function start(
  server: Server,
  timers: Timer[] = [],
  clock = { wallMs: () => WALL, monoMs: () => 1 },
  spares?: SpareDoor,
): Promise<Engine> {
  vi.stubGlobal("CompressionStream", undefined);
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    if (!server.isReachable) throw new TypeError("failed to fetch");
    const of = new Headers(init.headers).get("X-Diaban-Device") ?? "";
    return await reply(server, String(init.method), String(url), String(init.body), of);
  };
  const engine = await createEngine({
    platform: {
      clock,
      spares,
      chance: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
      lock: queueInTab,
      page: stillPage(timers),
      fetch: fetch as typeof globalThis.fetch,
    },
    sessions: openSessionStore(),
    loadLocale: async () => undefined,
  });
  return engine;
}

export const atRest = (engine: Engine) =>
  vi.waitFor(() => {
    expect(engine.status.value.phase).toBe("idle");
    expect(engine.status.value.lastSuccessMs).not.toBeNull();
  });
export const change = (record: string) => ({ record, kind: "patrol", partition: CAI_KHE, set: { route: "Tuyến 1" } });
