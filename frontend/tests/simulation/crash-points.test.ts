/** The process dies at every point in the life of a save, an answer, an update and a wipe: not at a few chosen ones. */
import "fake-indexeddb/auto";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Change } from "../../src/engine/contract.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { openSessionStore } from "../../src/store/session-store.ts";
import type { Request } from "../../src/sync/core/exchange.ts";
import { accepted, answer, CAI_KHE, NOW, newDevice, newRecordId, pulled, serverRecord } from "../kit.ts";
import { separatePages } from "./agent.ts";
import { Phone } from "./phone.ts";

/** More turns of the event loop than anything here takes; each test proves that for itself. */
const TURNS_MAX = 150;
const THEIRS = newRecordId();

/** Hundreds of phones in each test, also on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

beforeAll(() => {
  separatePages();
  vi.stubGlobal("CompressionStream", undefined);
});

async function newPhone(): Promise<Phone> {
  const parts = { device: newDevice(), user: "lan", seed: "crash", nowMs: NOW };
  return await Phone.start(parts, { createEngine, openSessionStore });
}

const change = (set: Change["set"], record = newRecordId()): Change => ({
  record,
  kind: "patrol",
  partition: CAI_KHE,
  set,
});

/** What a server that accepts everything says to a request. */
function reply({ operations, cursors }: Request, state: "active" | "lost" = "active"): Uint8Array<ArrayBuffer> {
  const news = { records: [serverRecord(THEIRS, { route: "A" })] };
  const told = answer({
    receipts: operations.map(({ n }) => accepted(n)),
    seen_n: operations.at(-1)?.n ?? 0,
    pull: Object.fromEntries(Object.entries(cursors).map(([id, cursor]) => [id, pulled(cursor === null ? news : {})])),
    state,
  });
  return new TextEncoder().encode(JSON.stringify(told));
}

const JSON_TYPE = { "Content-Type": "application/json" };

async function request(phone: Phone): Promise<Request> {
  const body = await phone.buildRequest();
  if (body === null) throw new Error("there is nothing to send");
  return JSON.parse(body) as Request;
}

/** Exchanges until the outbox is empty. */
async function sendAll(phone: Phone): Promise<void> {
  for (let rounds = 0; rounds < 9; rounds += 1) {
    const body = await phone.buildRequest();
    if (body === null) return;
    await phone.arrive(200, JSON_TYPE, reply(JSON.parse(body) as Request));
    if ((await phone.outbox()).length === 0 && (await phone.isComplete(CAI_KHE))) return;
  }
}

const numbers = (operations: readonly { readonly n: number }[]) => operations.map(({ n }) => n);

describe("a death in the middle of a save", () => {
  it("leaves all of it or nothing, keeps what was said, and wastes no number", async () => {
    const seen = new Set<string>();
    for (let turns = 0; turns < TURNS_MAX && !seen.has("3 said"); turns += 1) {
      const phone = await newPhone();
      const parent = newRecordId();
      const changes = [change({ officers: 3 }, parent), change({ route: "B" }), change({ note: "C" })];
      const isSaid = await phone.saveTorn(changes, turns);
      const kept = await phone.outbox();
      seen.add(`${kept.length} ${isSaid ? "said" : "unsaid"}`);
      expect(await phone.save([change({ officers: 1 }, parent)])).toBe("saved");
      expect(numbers(await phone.outbox())).toEqual(kept.length === 3 ? [1, 2, 3, 4] : [1]);
      expect((await phone.shown(parent))?.fields.officers).toBe(1);
    }
    expect([...seen].sort()).toEqual(["0 unsaid", "3 said", "3 unsaid"]);
  });

  it("is the same when there is no space: nothing half, and everything earlier is there", async () => {
    const phone = await newPhone();
    await phone.save([change({ officers: 1 })]);
    phone.setFull(true);
    expect(await phone.save([change({ officers: 2 }), change({ officers: 3 })])).toBe("storage-full");
    for (let turns = 0; turns < 40; turns += 3)
      expect(await phone.saveTorn([change({ officers: 2 })], turns)).toBe(false);
    phone.setFull(false);
    expect(numbers(await phone.outbox())).toEqual([1]);
    expect(await phone.save([change({ officers: 2 })])).toBe("saved");
    expect(numbers(await phone.outbox())).toEqual([1, 2]);
  });
});

describe("a death while an answer is taken in", () => {
  it("takes it whole or not at all: no receipt without its operation, no cursor without its records", async () => {
    const seen = new Set<string>();
    for (let turns = 0; turns < TURNS_MAX; turns += 1) {
      const phone = await newPhone();
      await phone.save([change({ officers: 1 }), change({ officers: 2 })]);
      await phone.arrive(200, JSON_TYPE, reply(await request(phone)));
      const sent = await request(phone);
      await phone.arriveTorn(200, JSON_TYPE, reply(sent), turns);
      const [left, told, copies] = [await phone.outbox(), phone.acknowledged(), await phone.copies()];
      expect([...numbers(left), ...told.map(([, n]) => n)].sort()).toEqual([1, 2]);
      expect(await phone.isComplete(CAI_KHE)).toBe(copies.length === 1);
      seen.add(`${left.length} left, ${copies.length} copies`);
      await sendAll(phone);
      expect(await phone.outbox()).toEqual([]);
      expect((await phone.copies()).map(([, id]) => id)).toEqual([THEIRS]);
    }
    expect([...seen].sort()).toEqual(["0 left, 1 copies", "2 left, 0 copies"]);
  });
});

describe("a death while a reported-lost phone is wiped", () => {
  it("leaves a phone that is wiped, or one that still knows whose it is and will be", async () => {
    const seen = new Set<boolean>();
    for (let turns = 0; turns < TURNS_MAX; turns += 1) {
      const phone = await newPhone();
      await sendAll(phone);
      await phone.arriveTorn(200, JSON_TYPE, reply(await request(phone), "lost"), turns);
      const isWiped = await phone.isWiped();
      seen.add(isWiped);
      if (isWiped) expect(await phone.copies()).toEqual([]);
    }
    expect(seen).toEqual(new Set([true, false]));
  });
});
