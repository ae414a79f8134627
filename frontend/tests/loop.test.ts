/** The loop against a server made of a function: one batch in flight, everything stored, nothing asked for ever. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { queueInTab } from "../src/platform/locks.ts";
import type { Platform } from "../src/platform/platform.ts";
import type { DeviceStore } from "../src/store/device-store.ts";
import { createClient } from "../src/sync/client.ts";
import type { Answer, Request } from "../src/sync/core/exchange.ts";
import { type Loop, startLoop } from "../src/sync/loop.ts";
import type { SyncState } from "../src/sync/state.ts";
import {
  accepted,
  answer,
  CAI_KHE,
  held,
  moment,
  NOW,
  newRecordId,
  openStore,
  outboxNumbers,
  patrol,
  pulled,
  stillPage,
  type Timer,
} from "./kit.ts";

type Server = (request: Request) => Answer | Response | Promise<Answer | Response>;

/** More than a few rounds take, also on a busy machine. */
const REST_MS_MAX = 10_000;
vi.setConfig({ testTimeout: 2 * REST_MS_MAX });

let loops: Loop[] = [];
afterEach(() => {
  for (const loop of loops) loop.stop();
  loops = [];
});

function begin(
  server: Server,
  store: DeviceStore = openStore(),
  onAnswer: () => Promise<void> = async () => undefined,
) {
  const requests: Request[] = [];
  const timers: Timer[] = [];
  const states: SyncState[] = [];
  let flying = 0;
  let mostFlying = 0;
  const fetch = async (_url: unknown, init: RequestInit = {}) => {
    flying += 1;
    mostFlying = Math.max(mostFlying, flying);
    const request = JSON.parse(String(init.body)) as Request;
    requests.push(request);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const reply = await server(request);
    flying -= 1;
    if (reply instanceof Response) return reply;
    return new Response(JSON.stringify(reply), { headers: { "Content-Type": "application/json" } });
  };
  const platform: Platform = {
    clock: { wallMs: () => NOW, monoMs: () => 1 },
    chance: { bytes: (length) => new Uint8Array(length) },
    lock: queueInTab,
    page: stillPage(timers),
    fetch: fetch as typeof globalThis.fetch,
  };
  // Bodies stay readable here: packing them is the client's own test.
  vi.stubGlobal("CompressionStream", undefined);
  const client = createClient({
    fetch: platform.fetch,
    language: () => "vi",
    lock: queueInTab,
    proof: async () => null,
    device: () => null,
  });
  const loop = startLoop({
    platform,
    client,
    store,
    nowMs: () => NOW,
    onFlight: () => undefined,
    onState: (state) => states.push(state),
    onAnswer,
  });
  loops.push(loop);
  const rest = () => vi.waitFor(() => expect(states.at(-1)?.phase).not.toBe("sending"), { timeout: REST_MS_MAX });
  return { loop, store, requests, timers, states, rest, mostFlying: () => mostFlying };
}

const acceptAll = (request: Request): Answer =>
  answer({
    receipts: request.operations.map((operation) => accepted(operation.n)),
    seen_n: request.operations.at(-1)?.n ?? 1,
    pull: Object.fromEntries(Object.keys(request.cursors).map((id) => [id, pulled({ cursor: "c1" })])),
  });

describe("the loop", () => {
  it("learns its partitions first, then pulls them at once", async () => {
    const { loop, requests, rest } = begin(acceptAll);
    loop.ask("person");
    await rest();
    expect(requests.map((request) => request.cursors)).toEqual([{}, { [CAI_KHE]: null }]);
  });

  it("goes on after the store refused something once (A19)", async () => {
    let refusals = 1;
    const { loop, states, requests, rest } = begin(acceptAll, openStore(), async () => {
      if (refusals-- > 0) throw new DOMException("full", "QuotaExceededError");
    });
    loop.ask("person");
    await rest();
    expect(states.at(-1)).toMatchObject({ phase: "waiting-to-retry", problem: "storage-full" });
    const before = requests.length;
    loop.ask("person");
    await rest();
    expect(states.at(-1)?.phase).toBe("idle");
    expect(requests.length).toBeGreaterThan(before);
  });

  it("takes the receipt of what the server could not read, and goes on (A24)", async () => {
    const { loop, store, rest } = begin((request) =>
      answer({
        receipts: request.operations.map((operation) => ({
          ...held(operation.n, "operation-invalid"),
          effective_ms: null,
        })),
        seen_n: request.operations.at(-1)?.n ?? 1,
        held: request.operations.map(({ n }) => ({ n, code: "operation-invalid" })),
      }),
    );
    await store.save([patrol(newRecordId())], moment());
    loop.ask("person");
    await rest();
    expect(await outboxNumbers(store)).toEqual([]);
  });

  it("keeps one batch in flight however often it is asked (P21)", async () => {
    const { loop, store, rest, mostFlying } = begin(acceptAll);
    for (let at = 0; at < 5; at += 1) {
      await store.save([patrol(newRecordId())], moment());
      loop.ask("save");
      loop.ask("person");
    }
    await rest();
    expect(mostFlying()).toBe(1);
    await vi.waitFor(async () => expect(await outboxNumbers(store)).toEqual([]));
  });

  it("cuts the outbox into batches of 100 and says what it still holds", async () => {
    const { loop, store, requests, rest } = begin(acceptAll);
    await store.save(
      Array.from({ length: 150 }, () => patrol(newRecordId())),
      moment(),
    );
    loop.ask("person");
    await rest();
    expect(requests.map((request) => [request.operations.length, request.holds])).toEqual([
      [100, 50],
      [50, 0],
    ]);
  });
});

/** A server that may be put back to an empty backup. */
function restorable() {
  let epoch = "first";
  const stored = new Set<number>();
  const serve = (request: Request): Answer => {
    for (const { n } of request.operations) stored.add(n);
    let seen_n = 0;
    while (stored.has(seen_n + 1)) seen_n += 1;
    const isLost = (cursor: string | null) => cursor !== null && cursor !== epoch;
    const page = (cursor: string | null) =>
      isLost(cursor) ? pulled({ reset: true, cursor: null }) : pulled({ cursor: epoch });
    const pull = Object.fromEntries(Object.entries(request.cursors).map(([id, cursor]) => [id, page(cursor)]));
    return answer({ epoch, receipts: request.operations.map(({ n }) => accepted(n)), seen_n, pull });
  };
  const restore = () => {
    epoch = "second";
    stored.clear();
  };
  return { serve, restore, stored };
}

describe("the loop, when a server was restored", () => {
  it("offers everything again in batches, and only then pulls from nothing (P20)", async () => {
    const { serve, restore, stored } = restorable();
    const { loop, store, requests, rest } = begin(serve);
    const many = Array.from({ length: 150 }, () => patrol(newRecordId()));
    await store.save(many, moment());
    loop.ask("person");
    await rest();
    restore();
    await store.save([patrol(newRecordId())], moment());
    requests.length = 0;
    loop.ask("person");
    await rest();
    expect(requests.map(({ operations, holds, cursors }) => [operations.length, holds, cursors])).toEqual([
      [1, 0, { [CAI_KHE]: "first" }],
      [100, 50, {}],
      [50, 0, { [CAI_KHE]: null }],
    ]);
    expect(stored.size).toBe(151);
    expect((await store.summary()).cursors).toMatchObject([{ cursor: "second", complete: true }]);
  });
});

describe("the loop, when it goes wrong", () => {
  it("sends the same operations again when the answer was lost (A3)", async () => {
    let isLost = true;
    const { loop, store, requests, timers, rest } = begin((request) => {
      if (isLost) throw new TypeError("connection reset");
      return acceptAll(request);
    });
    await store.save([patrol(newRecordId())], moment());
    loop.ask("save");
    await rest();
    isLost = false;
    timers.find((timer) => timer.delayMs < 60_000)?.act();
    await vi.waitFor(async () => expect(await outboxNumbers(store)).toEqual([]));
    expect(requests[1]?.operations).toEqual(requests[0]?.operations);
  });

  it("takes JSON of another shape for a stranger's, and keeps the outbox", async () => {
    const { loop, store, states, rest } = begin(
      () => new Response('{"login": true}', { headers: { "Content-Type": "application/json" } }),
    );
    await store.save([patrol(newRecordId())], moment());
    loop.ask("save");
    await rest();
    expect(states.at(-1)).toMatchObject({ phase: "waiting-to-retry", problem: "no-internet", offline: true });
    expect(await outboxNumbers(store)).toEqual([1]);
  });

  it("does not ask for ever when the server receipts nothing (A24)", async () => {
    const { loop, store, requests, rest } = begin(() => answer({ seen_n: 0 }));
    await store.save([patrol(newRecordId())], moment());
    loop.ask("save");
    await rest();
    expect(requests.length).toBeLessThan(4);
    expect(await outboxNumbers(store)).toEqual([1]);
  });

  it("sends in halves after a 413", async () => {
    const { loop, store, requests, rest } = begin((request) =>
      request.operations.length > 1
        ? new Response('{"type":"/problems/body-too-large"}', {
            status: 413,
            headers: { "Content-Type": "application/problem+json" },
          })
        : acceptAll(request),
    );
    await store.save([patrol(newRecordId()), patrol(newRecordId())], moment());
    loop.ask("save");
    await rest();
    expect(requests.at(-1)?.operations.length).toBeLessThan(2);
    expect(await outboxNumbers(store)).toEqual([]);
  });
});
