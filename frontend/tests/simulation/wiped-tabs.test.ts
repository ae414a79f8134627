/** A phone that was reported lost is wiped by one of its tabs: the others must not begin an empty store in its place. */
import "fake-indexeddb/auto";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createEngine } from "../../src/engine/engine.ts";
import { openSessionStore } from "../../src/store/session-store.ts";
import type { Request } from "../../src/sync/core/exchange.ts";
import { accepted, answer, CAI_KHE, NOW, newDevice, newRecordId } from "../kit.ts";
import { separatePages } from "./agent.ts";
import { Channels } from "./channels.ts";
import { Phone } from "./phone.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const TURNS_MAX = 60;

vi.setConfig({ testTimeout: 60_000 });

beforeAll(() => {
  separatePages();
  vi.stubGlobal("CompressionStream", undefined);
});

const patrol = { kind: "patrol", partition: CAI_KHE, set: { officers: 1 } };
const change = () => ({ ...patrol, record: newRecordId() });

/** What the server has seen of the phone. */
let seen_n = 0;

function told(state: "active" | "lost", numbers: number[]): Uint8Array<ArrayBuffer> {
  seen_n = Math.max(seen_n, ...numbers);
  return new TextEncoder().encode(JSON.stringify(answer({ receipts: numbers.map((n) => accepted(n)), seen_n, state })));
}

async function exchange(phone: Phone): Promise<void> {
  const body = await phone.buildRequest();
  if (body === null) return;
  const { operations } = JSON.parse(body) as Request;
  await phone.arrive(
    200,
    JSON_TYPE,
    told(
      "active",
      operations.map(({ n }) => n),
    ),
  );
}

/** A phone with two open tabs and an empty outbox; one of them is about to hear that it is lost. */
async function lostPhone(): Promise<{ hearing: Phone; other: Phone; lost: Uint8Array<ArrayBuffer> }> {
  seen_n = 0;
  const parts = { device: newDevice(), user: "lan", seed: "tabs", nowMs: NOW };
  const first = await Phone.start(parts, { createEngine, openSessionStore });
  const second = first.openTab();
  await exchange(first);
  expect(await second.save([change()])).toBe("saved");
  for (const phone of [second, first, second]) await exchange(phone);
  expect(await second.outbox()).toEqual([]);
  // One batch in flight for both: the tab that has it is the one that will hear.
  const isFirst = (await first.buildRequest()) !== null;
  expect(isFirst || (await second.buildRequest()) !== null).toBe(true);
  return { hearing: isFirst ? first : second, other: isFirst ? second : first, lost: told("lost", []) };
}

describe("a second tab of a phone that is wiped", () => {
  it("says that nobody is signed in, and leaves no store behind", async () => {
    const { hearing, other, lost } = await lostPhone();
    await hearing.arrive(200, JSON_TYPE, lost);
    expect(await hearing.isWiped()).toBe(true);
    expect(await other.save([change()])).toBe("not-signed-in");
    expect(await other.outbox()).toEqual([]);
    expect(await other.isWiped()).toBe(true);
  });

  it("learns it from the store alone when nobody tells it", async () => {
    const deaf = vi.spyOn(Channels.prototype, "open").mockReturnValue({ send: () => {}, close: () => {} });
    const { hearing, other, lost } = await lostPhone();
    await hearing.arrive(200, JSON_TYPE, lost);
    expect(await other.save([change()])).toBe("not-signed-in");
    expect(await other.isWiped()).toBe(true);
    deaf.mockRestore();
  });

  it("never leaves a used number in a new store, at whatever point the wiping tab dies", async () => {
    const seen = new Set<string>();
    for (let turns = 0; turns < TURNS_MAX; turns += 1) {
      const { hearing, other, lost } = await lostPhone();
      await hearing.arriveTorn(200, JSON_TYPE, lost, turns);
      const said = await other.save([change()]);
      seen.add(said);
      expect(await other.isWiped(), `${turns} turns`).toBe(said === "not-signed-in");
      if (said === "saved") expect((await other.outbox()).length).toBe(1);
    }
    expect([...seen].sort()).toEqual(["not-signed-in", "saved"]);
  });
});
