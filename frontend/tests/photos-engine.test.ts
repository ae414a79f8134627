/** Photos as the engine carries them: after the operations, counted by record, and in the way of leaving too early. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Engine, Session } from "../src/engine/contract.ts";
import { createEngine } from "../src/engine/engine.ts";
import { queueInTab } from "../src/platform/locks.ts";
import { addPhoto } from "../src/store/photos.ts";
import { openSessionStore } from "../src/store/session-store.ts";
import type { Request as SyncRequest } from "../src/sync/core/exchange.ts";
import { accepted, answer, CAI_KHE, held, KEYS, LAN, moment, newDevice, openStore, pulled, stillPage } from "./kit.ts";
import { patrolWithPhotos, shotOf } from "./photo-kit.ts";
import { problem, type UploadServer, uploadServer } from "./upload-server.ts";

const WALL = 1_764_000_000_000;

interface World {
  readonly device: string;
  readonly username: string;
  readonly uploads: UploadServer;
  /** What was asked for, in order. */
  readonly asked: string[];
  state: Session["device"]["state"];
  takesPhotos: boolean;
  holdsPhotos: boolean;
}

afterEach(async () => {
  vi.unstubAllGlobals();
  await openSessionStore().dropSession();
});

function newWorld(): World {
  const device = newDevice();
  const own = { device, username: `lan.${device}`, asked: [] };
  return { ...own, uploads: uploadServer(), state: "active", takesPhotos: true, holdsPhotos: false };
}

async function reply(world: World, path: string, init: RequestInit): Promise<Response> {
  const json = (value: unknown) =>
    new Response(JSON.stringify(value), { headers: { "Content-Type": "application/json" } });
  if (path.startsWith("/api/v1/uploads"))
    return world.takesPhotos ? await world.uploads.fetch(path, init) : problem(503, "disk-low", { "Retry-After": "9" });
  if (path === "/api/v1/sync") return json({ ...sync(world, JSON.parse(String(init.body))), now: WALL });
  if (path.startsWith("/api/v1/areas")) return json({ items: [], next: null });
  if (init.method === "DELETE") return new Response(null, { status: 204 });
  const area = { id: CAI_KHE, code: "31120", name: "Cái Khế" };
  const user = { ...LAN, username: world.username, role: "officer", areas: [area] };
  return json({ user, device: { id: world.device, name: "?", state: "active" }, expires_s: 3_600 });
}

function sync(world: World, { operations, cursors }: SyncRequest) {
  for (const { record, kind } of operations) if (kind === "photo") world.uploads.records.add(record);
  const isHeld = (kind: string) => world.holdsPhotos && kind === "photo";
  const receipts = operations.map(({ n, kind }) => (isHeld(kind) ? held(n) : accepted(n)));
  const first = Object.entries(cursors).filter(([, cursor]) => cursor === null);
  return answer({
    receipts,
    held: world.holdsPhotos ? [2, 3].map((n) => ({ n, code: "not-granted" })) : [],
    seen_n: operations.at(-1)?.n ?? 3,
    state: world.state,
    pull: Object.fromEntries(first.map(([id]) => [id, pulled()])),
  });
}

/** A phone that was killed with a patrol and two photos unsent, and is started again. */
async function startWithPhotos(world: World): Promise<Engine> {
  vi.stubGlobal("CompressionStream", undefined);
  const store = openStore(world.device);
  const { record } = await patrolWithPhotos(store, [70_000, 90_000]);
  await store.close();
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    const path = String(url);
    world.asked.push(`${init.method} ${path.replace(/\?.*|upload-\d+/, "")}`);
    return await reply(world, path, init);
  };
  const engine = await createEngine({
    openKeys: async () => KEYS,
    platform: {
      clock: { wallMs: () => WALL, monoMs: () => 1 },
      chance: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
      lock: queueInTab,
      page: stillPage([]),
      fetch: fetch as typeof globalThis.fetch,
    },
    sessions: openSessionStore(),
    loadLocale: async () => undefined,
  });
  await engine.signIn(world.username, "đúng");
  expect(await engine.record(record)).not.toBeNull();
  return engine;
}

/** The code of photos is fetched when it is needed first, which a busy machine does slowly. */
const soon = (expectation: () => void) => vi.waitFor(expectation, 8_000);
const sent = (engine: Engine) => soon(() => expect(engine.status.value.waitingPhotos).toBe(0));

describe("photos in the engine", () => {
  it("go by themselves after the operations, and are counted by record until they have come", async () => {
    const world = newWorld();
    world.takesPhotos = false;
    const engine = await startWithPhotos(world);
    await soon(() => expect([...engine.photoStatus.value.byRecord.values()]).toEqual([{ done: 0, total: 2 }]));
    await soon(() => expect(engine.photoStatus.value).toMatchObject({ phase: "waiting", problem: "disk-low" }));
    expect(engine.status.value).toMatchObject({ waitingRecords: 0, waitingPhotos: 2 });
    const order = world.asked.filter((path) => path.endsWith("/sync") || path.includes("/uploads"));
    expect(order.indexOf("POST /api/v1/uploads")).toBeGreaterThan(order.indexOf("POST /api/v1/sync"));
  });

  it("leave nothing to count when the server has every byte", async () => {
    const world = newWorld();
    const engine = await startWithPhotos(world);
    await sent(engine);
    await soon(() => expect(engine.photoStatus.value.byRecord.size).toBe(0));
    expect(world.uploads.received.size).toBe(2);
    expect(await (await engine.photos()).totals()).toEqual({ waiting: 0, waitingBytes: 0, refused: 0, received: 2 });
  });

  it("say why their record is held, and wait for it (P30)", async () => {
    const world = newWorld();
    world.holdsPhotos = true;
    const engine = await startWithPhotos(world);
    await soon(() => expect(engine.status.value).toMatchObject({ waitingRecords: 0, heldRecords: 2 }));
    const [patrol] = await engine.list({ limit: 10, kinds: ["patrol"] });
    const views = await (await engine.photos()).list({ record: patrol?.id ?? "" });
    expect(views.map(({ state, code }) => [state, code])).toEqual([
      ["waiting", "not-granted"],
      ["waiting", "not-granted"],
    ]);
    expect(world.asked).not.toContain("POST /api/v1/uploads");
  });
});

describe("photos of somebody who leaves", () => {
  it("keep a person from signing out while one is here alone", async () => {
    const world = newWorld();
    world.takesPhotos = false;
    const engine = await startWithPhotos(world);
    await soon(() => expect(engine.status.value.waitingRecords).toBe(0));
    expect(await engine.signOut()).toMatchObject({ ok: false, problem: { code: "unsent-remain" } });
  });

  it("are handed in before a retired phone is wiped (P25)", async () => {
    const world = newWorld();
    world.state = "retired";
    const engine = await startWithPhotos(world);
    await soon(() => expect(world.uploads.received.size).toBe(2));
    engine.sendNow();
    await soon(() => expect(engine.session.value).toBeNull());
    expect(await openStore(world.device).summary()).toMatchObject({ waitingPhotos: 0, waitingRecords: 0 });
  });

  it("do not keep a retired phone where only others decide about their records", async () => {
    const world = newWorld();
    world.state = "retired";
    world.holdsPhotos = true;
    const engine = await startWithPhotos(world);
    await soon(() => expect(engine.session.value).toBeNull());
    expect(world.uploads.received.size).toBe(0);
  });

  it("of a form that is not saved keep a person from signing out", async () => {
    const world = newWorld();
    const engine = await startWithPhotos(world);
    await sent(engine);
    const store = openStore(world.device);
    const shot = await shotOf(10);
    await store.write((tx) => addPhoto(tx, store.owner, shot, { draft: engine.newId() }, moment()));
    expect(await engine.signOut()).toMatchObject({ ok: false, problem: { code: "unsent-remain" } });
    const photos = await engine.photos();
    expect(await photos.attention()).toMatchObject([{ id: shot.id, state: "draft", isLoose: true }]);
    await photos.dropLoose(shot.id);
    expect(await engine.signOut()).toMatchObject({ ok: true });
  });

  it("do not keep a lost phone from being wiped: it may send operations only (P25)", async () => {
    const world = newWorld();
    world.state = "lost";
    world.takesPhotos = false;
    const engine = await startWithPhotos(world);
    await soon(() => expect(engine.session.value).toBeNull());
  });

  it("are not taken while the phone is nearly full, and nothing is stored", async () => {
    const world = newWorld();
    const engine = await startWithPhotos(world);
    await sent(engine);
    vi.stubGlobal("navigator", { storage: { estimate: async () => ({ usage: 990, quota: 1_000 }) } });
    const file = new File([new Uint8Array(10)], "a.jpg", { type: "image/jpeg" });
    const to = { record: "019a0000-0000-7000-8000-00000000aa01", partition: CAI_KHE };
    expect(await (await engine.photos()).add([file], to, () => undefined)).toMatchObject({
      ...{ ok: false, problem: { code: "storage-low" } },
    });
    expect(engine.status.value.waitingPhotos).toBe(0);
  });

  it("show a photo of this phone from its own store, and another's from the server", async () => {
    const world = newWorld();
    const engine = await startWithPhotos(world);
    await sent(engine);
    const [patrol] = await engine.list({ limit: 10, kinds: ["patrol"] });
    const photos = await engine.photos();
    const [own] = await photos.list({ record: patrol?.id ?? "" });
    const picture = await photos.picture({ id: own?.id ?? "", sha256: own?.sha256 ?? "" }, "full");
    expect(picture.ok && picture.value.size).toBe(70_000);
    const other = await photos.picture({ id: "other", sha256: "0".repeat(64) }, "thumb");
    expect(other.ok).toBe(false);
    expect(world.asked.at(-1)).toBe(`GET /api/v1/photos/${"0".repeat(64)}`);
  });
});
