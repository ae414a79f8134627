/** What is practised is nowhere but in training: not in the outbox, a request, a record or the spare copy. */
import { readFile } from "node:fs/promises";
import { openDB } from "idb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Change, Engine } from "../src/engine/contract.ts";
import { openTraining, type Training } from "../src/engine/training.ts";
import { queueInTab } from "../src/platform/locks.ts";
import { findCutOff, TRAINING_FAMILY } from "../src/store/training-stores.ts";
import type { Request as SyncRequest } from "../src/sync/core/exchange.ts";
import { atRest, newServer, type Server, start, WALL } from "./engine-kit.ts";
import { CAI_KHE, newRecordId } from "./kit.ts";
import { SpareFiles } from "./spare/spare-kit.ts";

const WORD = "chữ-của-buổi-tập";
const PARTS = {
  clock: { wallMs: () => WALL, monoMs: () => 1 },
  chance: { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) },
  lock: queueInTab,
};

interface Phone {
  readonly server: Server;
  readonly engine: Engine;
  readonly requests: SyncRequest[];
  readonly spares: SpareFiles;
}

async function phone(): Promise<Phone> {
  const [server, spares, requests] = [newServer(), new SpareFiles(), [] as SyncRequest[]];
  const { sync } = server;
  server.sync = (request) => {
    requests.push(request);
    return sync(request);
  };
  const engine = await start(server, [], PARTS.clock, spares.door);
  expect((await engine.signIn(server.username, "đúng")).ok).toBe(true);
  await atRest(engine);
  return { server, engine, requests, spares };
}

async function trained({ engine }: Phone): Promise<Training> {
  const session = engine.session.value;
  if (!session) throw new Error("nobody is signed in");
  const [areas, partitions] = [await engine.areas(), engine.partitions.value];
  return await openTraining(PARTS, {
    ...{ session, areas, partitions, leaflets: [], offsetMs: 0 },
    language: engine.language,
  });
}

const made = (kind: string, set: Change["set"]): Change => ({ record: newRecordId(), kind, partition: CAI_KHE, set });

/** As in a real lesson: a patrol with an incident, a hand-out, and a form that is not saved. */
async function practise(engine: Engine): Promise<readonly string[]> {
  const patrol = made("patrol", { started_at: WALL, route: WORD });
  const incident = made("incident", { started_at: WALL, parent: patrol.record, category: "noise", note: WORD });
  const handout = made("handout", { started_at: WALL, leaflets: 30, note: WORD });
  for (const change of [patrol, incident, handout]) expect(await engine.save([change])).toMatchObject({ ok: true });
  const drafts = await engine.drafts();
  const draft = { form: "tips", kind: "tips", record: newRecordId(), opened: null, typed: [["note", WORD] as const] };
  await drafts.keep(draft);
  engine.sendNow();
  return [patrol.record, incident.record, handout.record, draft.record];
}

/** Everywhere that a real record goes, and what of these is found there. */
async function traces({ engine, requests, spares, server }: Phone, ids: readonly string[]): Promise<string[]> {
  engine.sendNow();
  await atRest(engine);
  const listed = await engine.list({ limit: 100 });
  const single = await Promise.all(ids.map((id) => engine.record(id)));
  const unsent = await (await engine.decisions()).unsent(100);
  const drafts = await (await engine.drafts()).list();
  const sent = JSON.stringify(requests);
  const spare = await spares.of(server.device).read();
  const isMine = (text: string) => ids.some((id) => text.includes(id));
  const { waitingRecords, draftForms } = engine.status.value;
  const places: readonly (readonly [string, boolean])[] = [
    ["list", isMine(JSON.stringify(listed))],
    ["records", single.some((each) => each !== null)],
    ["outbox", unsent.length + waitingRecords > 0],
    ["drafts", drafts.length + draftForms > 0],
    ["requests", isMine(sent)],
    ["spare copy", isMine(JSON.stringify(spare))],
    ["open patrol", (await engine.openPatrol()) !== null],
  ];
  return places.flatMap(([name, isFound]) => (isFound ? [name] : []));
}

const names = async () => (await indexedDB.databases()).flatMap(({ name = "" }) => name);
const trainingNames = async () => (await names()).filter((name) => name.startsWith(TRAINING_FAMILY));

async function textOf(name: string): Promise<string> {
  const db = await openDB(name);
  const decoder = new TextDecoder("utf-8", { fatal: false });
  const seen: string[] = [];
  for (const store of db.objectStoreNames)
    for (const row of await db.getAll(store))
      seen.push(JSON.stringify(row, (_, value) => (value instanceof ArrayBuffer ? decoder.decode(value) : value)));
  db.close();
  return seen.join("\n");
}

/** What somebody does outside: no network at all is touched by training. */
let fetched: ReturnType<typeof vi.fn>;
beforeEach(() => {
  fetched = vi.fn(() => Promise.reject(new TypeError("nobody may ask")));
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => expect(fetched).not.toHaveBeenCalled());

describe("training", () => {
  it("shows what is practised, as it would be shown for real", async () => {
    const training = await trained(await phone());
    const ids = await practise(training.engine);
    const listed = await training.engine.list({ own: true, limit: 9 });
    expect(listed.map(({ kind }) => kind).sort()).toEqual(["handout", "incident", "patrol"]);
    expect((await training.engine.openPatrol())?.id).toBe(ids[0]);
    expect(await training.engine.children(ids[0] as string)).toHaveLength(1);
    expect(listed.every(({ state, author }) => state === "waiting" && author.name !== "")).toBe(true);
    expect((await training.engine.areas()).map(({ name }) => name)).toEqual(["1"]);
    await training.close();
  });

  it("leaves nothing anywhere that a real record goes", async () => {
    const held = await phone();
    const training = await trained(held);
    const ids = await practise(training.engine);
    expect(await traces(held, ids)).toEqual([]);
    await training.close();
    expect(await traces(held, ids)).toEqual([]);
  });

  it("would be found in every one of these places, were it not apart", async () => {
    const held = await phone();
    held.server.sync = (request) => {
      held.requests.push(request);
      throw new TypeError("sent, and not received");
    };
    const ids = await practise(held.engine);
    await vi.waitFor(() => expect(held.requests.at(-1)?.operations.length).toBe(3));
    const status = held.engine.status;
    await vi.waitFor(() => expect(status.value.phase).not.toBe("sending"));
    const found = await traces(
      { ...held, engine: { ...held.engine, sendNow: () => undefined, status: restingOf(status) } },
      ids,
    );
    expect(found).toEqual(["list", "records", "outbox", "drafts", "requests", "spare copy", "open patrol"]);
  });

  it("takes no number from the real store", async () => {
    const held = await phone();
    const training = await trained(held);
    await practise(training.engine);
    await training.close();
    await held.engine.save([made("patrol", { started_at: WALL })]);
    await vi.waitFor(() => expect(held.requests.at(-1)?.operations.map(({ n }) => n)).toEqual([1]));
  });

  it("leaves a real patrol open, and ends none", async () => {
    const held = await phone();
    const real = made("patrol", { started_at: WALL - 1 });
    await held.engine.save([real]);
    const training = await trained(held);
    expect(await training.engine.openPatrol()).toBeNull();
    const [id = ""] = await practise(training.engine);
    await training.engine.save([{ ...made("patrol", { ended_at: WALL + 1 }), record: id }]);
    expect((await held.engine.openPatrol())?.id).toBe(real.record);
    await training.close();
    expect((await held.engine.openPatrol())?.id).toBe(real.record);
  });
});

/** What the module is made of when it runs; types make nothing. */
function partsOf(source: string): readonly string[] {
  const imports = source.matchAll(/^import (?!type\b)(.*?) from "(.*?)";$/gms);
  return [...imports].flatMap(([, names = "", from = ""]) => (/[{,] (?!type )\w/.test(names) ? [from] : []));
}
const SENDS_OR_FINDS = /sync\/(client|loop|round)|session-store|spare|engine\/engine|work-place|asking|sealing|boxes/;

describe("the store of training", () => {
  it("is made of nothing that sends, or that finds what is real", async () => {
    const read = async (name: string) => partsOf(await readFile(`src/engine/${name}`, "utf8"));
    const [own, real] = await Promise.all([read("training.ts"), read("engine.ts")]);
    expect(own).toContain("../store/device-store.ts");
    expect(own.filter((from) => SENDS_OR_FINDS.test(from))).toEqual([]);
    expect(real.filter((from) => SENDS_OR_FINDS.test(from)).length).toBeGreaterThan(2);
  });

  it("asks nothing of the server and sends nothing to it", async () => {
    const training = await trained(await phone());
    for (const asked of [training.engine.get("/api/v1/feed"), training.engine.post("/api/v1/sync", {})])
      expect(await asked).toMatchObject({ ok: false });
    expect(await training.engine.signOut()).toMatchObject({ ok: false });
    expect(await training.engine.exportUnsent()).toMatchObject({ ok: false });
    await training.close();
  });

  it("stands on the disk unreadable, and not at all once it is left", async () => {
    const training = await trained(await phone());
    await practise(training.engine);
    const [name = ""] = await trainingNames();
    expect(await textOf(name)).toContain("sealed");
    expect(await textOf(name)).not.toContain(WORD);
    await training.close();
    expect(await trainingNames()).toEqual([]);
  });

  it("is not made again by whoever still holds it", async () => {
    const training = await trained(await phone());
    const drafts = await training.engine.drafts();
    await training.close();
    const late = { form: "tips", kind: "tips", record: newRecordId(), opened: null, typed: [] };
    await expect(drafts.keep(late)).rejects.toThrow();
    expect(await training.engine.save([made("tips", {})])).toMatchObject({ problem: { code: "not-signed-in" } });
    expect(await trainingNames()).toEqual([]);
  });

  it("is found when its tab has gone without leaving it, and not while it goes on", async () => {
    const training = await trained(await phone());
    const found: string[] = [];
    await findCutOff(queueInTab, (name) => found.push(name));
    await new Promise((done) => setTimeout(done, 20));
    expect(found).toEqual([]);
    await training.close();
    await new Promise((done) => setTimeout(done, 20));
    expect(found).toEqual([]);
    // As a killed tab leaves it: the database stands, and nobody holds it.
    (await openDB(`${TRAINING_FAMILY}-killed`, 1)).close();
    await findCutOff(queueInTab, (name) => found.push(name));
    await vi.waitFor(() => expect(found).toEqual([`${TRAINING_FAMILY}-killed`]));
  });

  it("keeps two tabs apart", async () => {
    const held = await phone();
    const [one, two] = [await trained(held), await trained(held)];
    await practise(one.engine);
    expect(await two.engine.list({ limit: 9 })).toEqual([]);
    await one.close();
    expect(await practise(two.engine)).toHaveLength(4);
    await two.close();
  });
});

/** At rest for `atRest`, though nothing was answered. */
function restingOf(status: Engine["status"]): Engine["status"] {
  return { value: { ...status.value, phase: "idle", lastSuccessMs: 1 } } as Engine["status"];
}
