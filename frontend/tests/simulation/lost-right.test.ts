/** A right that goes while an answer is on its way (P19): what the phone then keeps, and what it no longer shows. */
import "fake-indexeddb/auto";
import { beforeAll, expect, it, vi } from "vitest";
import { createEngine } from "../../src/engine/engine.ts";
import { openSessionStore } from "../../src/store/session-store.ts";
import type { Request } from "../../src/sync/core/exchange.ts";
import { accepted, answer, CAI_KHE, held, NOW, newDevice, newRecordId } from "../kit.ts";
import { separatePages } from "./agent.ts";
import { Phone } from "./phone.ts";

beforeAll(() => {
  separatePages();
  vi.stubGlobal("CompressionStream", undefined);
});

/** A phone that has sent two records, never pulled anything, and is now told that it may see nothing. */
async function toldNothingIsSeen(): Promise<{ phone: Phone; taken: string; refused: string; unsent: string }> {
  const phone = await Phone.start(
    { device: newDevice(), user: "lan", seed: "right", nowMs: NOW },
    { createEngine, openSessionStore },
  );
  const [taken, refused, unsent] = [newRecordId(), newRecordId(), newRecordId()];
  const save = (record: string) => phone.save([{ record, kind: "patrol", partition: CAI_KHE, set: { officers: 1 } }]);
  await save(taken);
  await save(refused);
  await phone.lose();
  await phone.buildRequest();
  await phone.lose();
  const { operations } = JSON.parse((await phone.buildRequest()) ?? "{}") as Request;
  expect(operations.length).toBe(2);
  await save(unsent);
  const told = answer({
    receipts: [accepted(1), held(2)],
    held: [{ n: 2, code: "not-granted" }],
    seen_n: 2,
    partitions: [],
  });
  await phone.arrive(200, { "Content-Type": "application/json" }, new TextEncoder().encode(JSON.stringify(told)));
  return { phone, taken, refused, unsent };
}

it("no longer shows what the server has, though it never pulled it", async () => {
  const { phone, taken } = await toldNothingIsSeen();
  expect(await phone.shown(taken)).toBeNull();
});

it("keeps what has no receipt, and shows what is held with its code", async () => {
  const { phone, refused, unsent } = await toldNothingIsSeen();
  expect((await phone.shown(refused))?.held).toEqual(["not-granted"]);
  expect((await phone.outbox()).map(({ record }) => record)).toEqual([unsent]);
});
