/** A phone whose database a full disk has destroyed: the same person goes on, nobody else, and nobody after a wipe. */
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { deleteDB } from "idb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Engine, Session } from "../../src/engine/contract.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { queueInTab } from "../../src/platform/locks.ts";
import { openSessionStore } from "../../src/store/session-store.ts";
import type { Answer, Request as SyncRequest } from "../../src/sync/core/exchange.ts";
import { accepted, answer, CAI_KHE, NOW, newDevice, stillPage } from "../kit.ts";
import { SpareFiles } from "./spare-kit.ts";

interface Server {
  isReachable: boolean;
  /** By username, the last one: the server gives a new one to whoever names none. */
  readonly devices: Map<string, string>;
  readonly received: [device: string, n: number, record: string][];
  state: Answer["device"]["state"];
  /** Of somebody else. */
  readonly bound: Set<string>;
  /** Holds back the answers to a device, and gives them then. */
  readonly late: Map<string, Promise<Partial<Answer>>>;
}

let files: SpareFiles;
let server: Server;

beforeEach(() => {
  vi.stubGlobal("CompressionStream", undefined);
  files = new SpareFiles();
  server = { isReachable: true, devices: new Map(), received: [], state: "active", bound: new Set(), late: new Map() };
  loseDatabases();
});
afterEach(() => {
  vi.unstubAllGlobals();
  files.disk.remove();
});

/** Everything of the site at once, as Chromium does. */
function loseDatabases(): void {
  vi.stubGlobal("indexedDB", new IDBFactory());
}

function reply(path: string, body: string): object {
  if (path === "/api/v1/sync") return exchange(JSON.parse(body) as SyncRequest);
  if (path.startsWith("/api/v1/areas")) return { items: [], next: null };
  const { username, device } = JSON.parse(body) as { username: string; device: { id?: string } };
  const id = device.id ?? newDevice();
  server.devices.set(username, id);
  const user = { id: username, username, name: username, role: "officer", areas: [] };
  return { user, device: { id, name: "?", state: "active", secret: "A".repeat(43) }, expires_s: 3_600 };
}

function exchange({ device, operations, cursors }: SyncRequest): Answer {
  for (const { n, record } of operations) server.received.push([device, n, record]);
  const pull = Object.fromEntries(
    Object.keys(cursors).map((id) => [id, { records: [], cursor: "c", more: false, reset: false }]),
  );
  const receipts = operations.map(({ n }) => accepted(n));
  const seen_n = Math.max(0, ...server.received.filter(([of]) => of === device).map(([, n]) => n));
  return answer({ receipts, seen_n, pull, state: server.state });
}

function deviceIn(body: string): string {
  const { device } = (body.startsWith("{") ? JSON.parse(body) : {}) as { device?: string | { id?: string } };
  return (typeof device === "string" ? device : device?.id) ?? "";
}

let pages = 0;

/** Of the page that was opened last: the others are dead. */
const fetchOf = (page: number) =>
  (async (url: unknown, init: RequestInit = {}) => {
    if (!server.isReachable || page < pages) throw new TypeError("failed to fetch");
    if (init.method === "DELETE") return new Response(null, { status: 204 });
    const headers = { "Content-Type": "application/json" };
    if (server.bound.has(deviceIn(String(init.body))))
      return new Response(JSON.stringify({ type: "/problems/device-bound", title: "?", status: 409 }), {
        status: 409,
        headers: { "Content-Type": "application/problem+json" },
      });
    const late = await server.late.get(deviceIn(String(init.body)));
    return new Response(JSON.stringify({ ...reply(String(url), String(init.body)), ...late }), { headers });
  }) as typeof globalThis.fetch;

let ticks = 0;
function tick(): number {
  ticks += 1;
  return NOW + ticks;
}

async function start(): Promise<Engine> {
  const chance = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
  pages += 1;
  const clock = { wallMs: tick, monoMs: () => 1 };
  const platform = { clock, chance, lock: queueInTab, page: stillPage([]), fetch: fetchOf(pages), spares: files.door };
  return await createEngine({ platform, sessions: openSessionStore(), loadLocale: async () => undefined });
}

async function signIn(engine: Engine, username: string): Promise<void> {
  expect(await engine.signIn(username, "đúng")).toMatchObject({ ok: true });
  await vi.waitFor(() => expect(engine.status.value).toMatchObject({ phase: "idle", waitingRecords: 0 }));
}

async function record(engine: Engine): Promise<string> {
  const id = engine.newId();
  const change = { record: id, kind: "patrol", partition: CAI_KHE, set: { route: "Tuyến 1" } };
  expect(await engine.save([change])).toEqual({ ok: true, value: null });
  return id;
}

const username = (engine: Engine) => (engine.session.value as Session | null)?.user.username;

describe("a phone whose databases are gone", () => {
  it("goes on in the name of whoever was at work, without a network, and sends it all once", async () => {
    const before = await start();
    await signIn(before, "lan");
    server.isReachable = false;
    const made = [await record(before), await record(before)];
    loseDatabases();
    const engine = await start();
    await vi.waitFor(() => expect(engine.status.value.waitingRecords).toBe(2));
    expect(username(engine)).toBe("lan");
    expect(await engine.record(made[0] ?? "")).toMatchObject({ state: "waiting", author: { id: "lan" } });
    expect(engine.partitions.value.map(({ id }) => id)).toEqual([CAI_KHE]);
    made.push(await record(engine));
    server.isReachable = true;
    engine.sendNow();
    await vi.waitFor(() => expect(engine.status.value.waitingRecords).toBe(0));
    const device = server.devices.get("lan") ?? "";
    expect(server.received).toEqual(made.map((id, at) => [device, at + 1, id]));
  });

  it("gives nobody the records of somebody else: each waits for its author", async () => {
    const lans = await start();
    await signIn(lans, "lan");
    server.isReachable = false;
    const hers = await record(lans);
    const minhs = await start();
    await vi.waitFor(() => expect(minhs.status.value.phase).toBe("waiting-to-retry"));
    server.isReachable = true;
    await signInAs(minhs, "minh");
    server.isReachable = false;
    const his = await record(minhs);
    loseDatabases();
    const engine = await start();
    await vi.waitFor(() => expect(engine.status.value.waitingRecords).toBe(1));
    expect([username(engine), await engine.record(hers)]).toEqual(["minh", null]);
    server.isReachable = true;
    engine.sendNow();
    await vi.waitFor(() => expect(engine.status.value.waitingRecords).toBe(0));
    await engine.signOut();
    await signInAs(engine, "lan");
    await vi.waitFor(() => expect(server.received.map(([, , id]) => id)).toContain(hers));
    const [lan, minh] = [server.devices.get("lan") ?? "", server.devices.get("minh") ?? ""];
    expect(server.received).toEqual([
      [minh, 1, his],
      [lan, 1, hers],
    ]);
  });
});

/** With records on the phone that wait: nobody is idle. */
async function signInAs(engine: Engine, name: string): Promise<void> {
  expect(await engine.signIn(name, "đúng")).toMatchObject({ ok: true });
}

let device: string;
let made: string[];

async function recordWithoutNetwork(): Promise<Engine> {
  const engine = await start();
  await signIn(engine, "lan");
  device = server.devices.get("lan") ?? "";
  server.isReachable = false;
  made = [await record(engine), await record(engine)];
  return engine;
}

async function expectSent(): Promise<void> {
  await vi.waitFor(() => expect(server.received).toEqual(made.map((id, at) => [device, at + 1, id])));
}

describe("what waits under a device that the phone has forgotten", () => {
  it("keeps people from beginning anew while its spare copy cannot be read, and is sent when it can", async () => {
    await recordWithoutNetwork();
    loseDatabases();
    files.isOut = true;
    server.isReachable = true;
    const engine = await start();
    const refused = await engine.signIn("lan", "đúng");
    expect(refused).toMatchObject({ ok: false, problem: { code: "device-failed" } });
    files.isOut = false;
    expect(await engine.signIn("lan", "đúng")).toMatchObject({ ok: true });
    await expectSent();
  });

  it("hinders nobody whose device is known", async () => {
    await recordWithoutNetwork();
    files.isOut = true;
    server.isReachable = true;
    const engine = await start();
    expect(await engine.signIn("lan", "đúng")).toMatchObject({ ok: true });
    await expectSent();
  });

  it("is there again when the database goes under an open page", async () => {
    const engine = await recordWithoutNetwork();
    await deleteDatabases();
    const change = { record: engine.newId(), kind: "patrol", partition: CAI_KHE, set: { route: "Tuyến 1" } };
    expect(await engine.save([change])).toMatchObject({ problem: { code: "not-signed-in" } });
    await vi.waitFor(() => expect(engine.status.value.waitingRecords).toBe(2));
    expect(username(engine)).toBe("lan");
    server.isReachable = true;
    expect(await engine.signIn("lan", "đúng")).toMatchObject({ ok: true });
    await expectSent();
  });
});

describe("somebody who has begun anew beside what waits", () => {
  it("goes back to it, as soon as there is nothing else to send", async () => {
    await recordWithoutNetwork();
    const spares = files.door;
    loseDatabases();
    server.isReachable = true;
    Object.assign(files, { door: undefined });
    const anew = await start();
    await signIn(anew, "lan");
    expect(server.devices.get("lan")).not.toBe(device);
    server.isReachable = false;
    const later = await record(anew);
    Object.assign(files, { door: spares });
    const first = await start();
    await vi.waitFor(() => expect(first.status.value.waitingRecords).toBe(1));
    server.isReachable = true;
    first.sendNow();
    await vi.waitFor(() => expect(server.received.map(([, , id]) => id)).toEqual([later]));
    server.received.length = 0;
    const second = await start();
    await vi.waitFor(() => expect(second.session.value?.device.id).toBe(device));
    await expectSent();
    expect((await start()).session.value?.device.id).toBe(device);
  });

  it("is not led back to a device that the server refuses them", async () => {
    await recordWithoutNetwork();
    loseDatabases();
    server.isReachable = true;
    server.bound.add(device);
    const engine = await start();
    await vi.waitFor(() => expect(username(engine)).toBe("lan"));
    for (const times of [1, 2]) {
      expect([times, await engine.signIn("lan", "đúng")]).toMatchObject([times, { ok: true }]);
      const now = engine.session.value?.device.id;
      expect(now).not.toBe(device);
      const again = await start();
      await new Promise((done) => setTimeout(done, 50));
      expect(again.session.value?.device.id).toBe(now);
      pages -= 1;
    }
    expect((await files.of(device).read()).rows).toHaveLength(2);
  });
});

/** Under the pages that have them open. */
async function deleteDatabases(): Promise<void> {
  for (const { name = "" } of await indexedDB.databases()) await deleteDB(name);
}

describe("nothing is left, and nobody comes back,", () => {
  it("without a password after somebody else has signed out: what waits is for its author", async () => {
    const lans = await start();
    await signIn(lans, "lan");
    server.isReachable = false;
    const hers = await record(lans);
    const minhs = await start();
    await vi.waitFor(() => expect(minhs.status.value.phase).toBe("waiting-to-retry"));
    server.isReachable = true;
    await signInAs(minhs, "minh");
    await vi.waitFor(() => expect(minhs.status.value).toMatchObject({ phase: "idle", waitingRecords: 0 }));
    expect(await minhs.signOut()).toMatchObject({ ok: true });
    loseDatabases();
    const engine = await start();
    await new Promise((done) => setTimeout(done, 50));
    expect(engine.session.value).toBeNull();
    await signInAs(engine, "lan");
    await vi.waitFor(() => expect(server.received.map(([, , id]) => id)).toContain(hers));
  });

  it("after signing out", async () => {
    const before = await start();
    await signIn(before, "lan");
    await record(before);
    await vi.waitFor(() => expect(before.status.value.waitingRecords).toBe(0));
    expect(await before.signOut()).toMatchObject({ ok: true });
    expect(files.devices()).toEqual([]);
    loseDatabases();
    const engine = await start();
    expect(await engine.signIn("minh", "đúng")).toMatchObject({ ok: true });
    expect(username(engine)).toBe("minh");
  });

  it("after a lost phone was wiped", async () => {
    const before = await start();
    await signIn(before, "lan");
    server.state = "lost";
    await record(before);
    await vi.waitFor(() => expect(before.session.value).toBeNull());
    expect(files.devices()).toEqual([]);
    await vi.waitFor(async () => expect(await openSessionStore().session()).toBeNull());
    const engine = await start();
    await new Promise((done) => setTimeout(done, 50));
    expect(engine.session.value).toBeNull();
  });

  it("even if it dies while it is wiped: the next start is told again, and wipes what came back", async () => {
    const before = await start();
    await signIn(before, "lan");
    await record(before);
    server.state = "lost";
    const forget = files.door.forget;
    Object.assign(files.door, { forget: () => new Promise(() => undefined) });
    before.sendNow();
    await vi.waitFor(async () => expect(await openSessionStore().session()).not.toBeNull());
    Object.assign(files.door, { forget });
    const engine = await start();
    await vi.waitFor(() => expect(engine.session.value).toBeNull());
    await vi.waitFor(async () => expect(await openSessionStore().session()).toBeNull());
    expect(files.devices()).toEqual([]);
  });

  it("because of an old spare copy while the database is whole: whoever signed out stays out", async () => {
    const before = await start();
    await signIn(before, "lan");
    await openSessionStore().dropSession();
    const engine = await start();
    await new Promise((done) => setTimeout(done, 50));
    expect(engine.session.value).toBeNull();
  });
});

describe("an answer that comes after somebody has left", () => {
  /** Lan has left with an exchange under way; the answer comes when it is called. */
  async function leaveWhileAsking(engine: Engine): Promise<(late: Partial<Answer>) => Promise<void>> {
    await signIn(engine, "lan");
    let come: (late: Partial<Answer>) => void = () => undefined;
    const asked = new Promise<Partial<Answer>>((resolve) => {
      come = resolve;
    });
    server.late.set(server.devices.get("lan") ?? "", asked);
    engine.sendNow();
    await vi.waitFor(() => expect(engine.status.value.phase).toBe("sending"));
    expect(await engine.signOut()).toMatchObject({ ok: true });
    return async (late) => {
      come(late);
      await new Promise((done) => setTimeout(done, 100));
    };
  }

  it("begins no spare copy in the place of the one that was deleted, and shows nothing of it", async () => {
    const engine = await start();
    const come = await leaveWhileAsking(engine);
    await come({ partitions: [{ id: "x", code: "x", name: "x", access: "read" }] });
    expect(files.devices()).toEqual([]);
    expect([engine.partitions.value, engine.status.value.lastSuccessMs]).toEqual([[], null]);
  });

  it("says nothing over whoever is at work now, and wipes nothing of theirs", async () => {
    const engine = await start();
    const come = await leaveWhileAsking(engine);
    await signIn(engine, "minh");
    const { device: its } = answer({ state: "lost" });
    await come({ partitions: [], device: its });
    expect(username(engine)).toBe("minh");
    expect(engine.partitions.value.map(({ id }) => id)).toEqual([CAI_KHE]);
    expect(files.devices()).toEqual([server.devices.get("minh")]);
  });
});

it("a phone that cannot delete its files asks again, and is wiped when it can", async () => {
  const engine = await start();
  await signIn(engine, "lan");
  const forget = files.door.forget;
  const failing = vi.fn(() => Promise.reject(new DOMException("held", "NoModificationAllowedError")));
  Object.assign(files.door, { forget: failing });
  server.state = "lost";
  engine.sendNow();
  await vi.waitFor(() => expect(failing).toHaveBeenCalled());
  await vi.waitFor(async () => expect((await openSessionStore().session())?.user.username).toBe("lan"));
  Object.assign(files.door, { forget });
  // As the loop does by itself once a minute.
  await vi.waitFor(() => {
    engine.sendNow();
    expect(engine.session.value).toBeNull();
  });
  await vi.waitFor(() => expect(files.devices()).toEqual([]));
});
