/** A phone that is to be wiped meets a restored server: what that lacks is handed in first (P20, P25). */
import "fake-indexeddb/auto";
import { beforeAll, expect, it, vi } from "vitest";
import { createEngine } from "../../src/engine/engine.ts";
import { openSessionStore } from "../../src/store/session-store.ts";
import type { Request } from "../../src/sync/core/exchange.ts";
import { accepted, answer, CAI_KHE, NOW, newDevice, newRecordId } from "../kit.ts";
import { separatePages } from "./agent.ts";
import { Phone } from "./phone.ts";

beforeAll(() => {
  separatePages();
  vi.stubGlobal("CompressionStream", undefined);
});

/** What a server with nothing to read says: it accepts all that it is sent. */
function reply({ operations }: Request, epoch: string, state: "active" | "retired" | "lost"): Uint8Array<ArrayBuffer> {
  const partitions = state === "lost" ? [] : [CAI_KHE];
  const told = answer({ epoch, state, partitions, receipts: operations.map(({ n }) => accepted(n)) });
  return new TextEncoder().encode(JSON.stringify(told));
}

/** One exchange; the numbers that it carried, or null when the phone asks nothing. */
async function exchange(phone: Phone, ...said: ["first" | "second", "active" | "retired" | "lost"]) {
  const body = await phone.buildRequest();
  if (body === null) return null;
  const request = JSON.parse(body) as Request;
  await phone.arrive(200, { "Content-Type": "application/json" }, reply(request, ...said));
  return request.operations.map(({ n }) => n);
}

it.each(["retired", "lost"] as const)("hands in again what it had handed in, once it is %s", async (state) => {
  const parts = { device: newDevice(), user: "lan", seed: state, nowMs: NOW };
  const phone = await Phone.start(parts, { createEngine, openSessionStore });
  await phone.save([{ record: newRecordId(), kind: "patrol", partition: CAI_KHE, set: { officers: 1 } }]);
  while ((await phone.outbox()).length > 0) await exchange(phone, "first", "active");
  const sent: (number[] | null)[] = [];
  for (let rounds = 0; rounds < 5 && !(await phone.isWiped()); rounds += 1)
    sent.push(await exchange(phone, "second", state));
  expect(sent.flat()).toEqual([1]);
  expect(await phone.isWiped()).toBe(true);
});
