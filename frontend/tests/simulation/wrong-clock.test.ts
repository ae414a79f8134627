/** A clock that is set wrong, and wrong again the other way (A8): never a reason not to be heard. */
import "fake-indexeddb/auto";
import { beforeAll, expect, it, vi } from "vitest";
import { createEngine } from "../../src/engine/engine.ts";
import { openSessionStore } from "../../src/store/session-store.ts";
import type { Request } from "../../src/sync/core/exchange.ts";
import { answer, CAI_KHE, NOW, newDevice, newRecordId } from "../kit.ts";
import { separatePages } from "./agent.ts";
import { Phone } from "./phone.ts";

const YEAR_MS = 365 * 86_400_000;

beforeAll(() => {
  separatePages();
  vi.stubGlobal("CompressionStream", undefined);
});

it("sends a moment that the server can read, though the clock fell back to 1970 after running years ahead", async () => {
  const parts = { device: newDevice(), user: "lan", seed: "clock", nowMs: NOW };
  const phone = await Phone.start(parts, { createEngine, openSessionStore });
  phone.setClock(20 * YEAR_MS);
  const body = new TextEncoder().encode(JSON.stringify(answer()));
  for (const _ of ["first contact", "first pull"]) {
    await phone.buildRequest();
    await phone.arrive(200, { "Content-Type": "application/json" }, body);
  }
  phone.setClock(-NOW);
  expect(await phone.save([{ record: newRecordId(), kind: "patrol", partition: CAI_KHE, set: { officers: 1 } }])).toBe(
    "saved",
  );
  const { now, operations } = JSON.parse((await phone.buildRequest()) ?? "{}") as Request;
  expect([now, operations[0]?.stamp]).toEqual([0, [0, 0]]);
});
