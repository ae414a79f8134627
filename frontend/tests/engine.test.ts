/** The engine as the screens use it, against a server made of a function. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { openSessionStore } from "../src/store/session-store.ts";
import type { Answer } from "../src/sync/core/exchange.ts";
import { atRest, change, newServer, SERVER_NOW, start } from "./engine-kit.ts";
import { accepted, answer, CAI_KHE, LAN, newDevice, serverRecord, type Timer } from "./kit.ts";

afterEach(async () => {
  vi.unstubAllGlobals();
  await openSessionStore().dropSession();
});

describe("signing in", () => {
  it("refuses a wrong password with the server's code", async () => {
    const server = newServer();
    const engine = await start(server);
    expect(await engine.signIn(server.username, "sai")).toMatchObject({
      ok: false,
      problem: { code: "credentials-wrong" },
    });
    expect(engine.session.value).toBeNull();
  });

  it("learns partitions, the clock and the areas of the unit", async () => {
    const server = newServer();
    const engine = await start(server);
    expect(await engine.signIn(server.username, "đúng")).toMatchObject({ ok: true });
    await atRest(engine);
    expect(engine.partitions.value.map((partition) => partition.id)).toEqual([CAI_KHE]);
    expect(engine.nowMs()).toBe(SERVER_NOW);
    expect((await engine.areas()).map((area) => area.full_name)).toEqual(["Tổ 1"]);
    expect(engine.status.value.firstLoadRecords).toBeNull();
  });

  it("reads the areas once an hour, and at once when someone sends now", async () => {
    const server = newServer();
    const engine = await start(server);
    await engine.signIn(server.username, "đúng");
    await atRest(engine);
    await engine.save([change("019a0000-0000-7000-8000-00000000aa01")]);
    await vi.waitFor(() => expect(engine.status.value.waitingRecords).toBe(0));
    await atRest(engine);
    expect(server.areaReads).toBe(1);
    engine.sendNow();
    await vi.waitFor(() => expect(server.areaReads).toBe(2));
    await atRest(engine);
  });

  it("keeps the device id of a user for the next time (P1)", async () => {
    const server = newServer();
    const engine = await start(server);
    await engine.signIn(server.username, "đúng");
    const first = engine.session.value?.device.id;
    await atRest(engine);
    await engine.signOut();
    server.device = newDevice();
    await engine.signIn(` ${server.username.toUpperCase()}`, "đúng");
    expect(engine.session.value?.device.id).toBe(first);
  });
});

describe("without a network", () => {
  it("starts from the stored session, records, and says that it waits", async () => {
    const server = newServer();
    const first = await start(server);
    await first.signIn(server.username, "đúng");
    await atRest(first);
    server.isReachable = false;
    const engine = await start(server);
    const id = engine.newId();
    expect(await engine.save([change(id)])).toEqual({ ok: true, value: null });
    expect(await engine.record(id)).toMatchObject({ state: "waiting", author: LAN, fields: { route: "Tuyến 1" } });
    await vi.waitFor(() =>
      expect(engine.status.value).toMatchObject({ phase: "waiting-to-retry", offline: true, waitingRecords: 1 }),
    );
    server.isReachable = true;
    engine.sendNow();
    await vi.waitFor(async () => expect((await engine.record(id))?.state).toBe("received"));
  });
});

describe("signing out", () => {
  it("is refused while something is unsent", async () => {
    const server = newServer();
    const engine = await start(server);
    await engine.signIn(server.username, "đúng");
    await atRest(engine);
    server.isReachable = false;
    await engine.save([change(engine.newId())]);
    expect(await engine.signOut()).toMatchObject({ ok: false, problem: { code: "unsent-remain" } });
    expect(engine.session.value).not.toBeNull();
  });
});

describe("a phone that was reported lost (P25)", () => {
  it("hands in its outbox, then forgets everything", async () => {
    const server = newServer();
    const engine = await start(server);
    const theirs = serverRecord(engine.newId(), { route: "A" });
    await engine.signIn(server.username, "đúng");
    await atRest(engine);
    const lost: Answer = answer({ partitions: [], state: "lost", pull: {} });
    const handedIn: number[] = [];
    server.sync = (request) => {
      handedIn.push(...request.operations.map((operation) => operation.n));
      const receipts = request.operations.map((operation) => ({ ...accepted(operation.n), status: "held" as const }));
      return { ...lost, receipts };
    };
    await engine.save([change(engine.newId())]);
    await vi.waitFor(() => expect(engine.session.value).toBeNull());
    expect(handedIn).toEqual([1]);
    expect(await engine.record(theirs.id)).toBeNull();
    expect(await openSessionStore().deviceOf(server.username)).toBeNull();
  });

  it("is wiped after a minute even if it cannot hand in", async () => {
    const server = newServer();
    const timers: Timer[] = [];
    const engine = await start(server, timers);
    await engine.signIn(server.username, "đúng");
    await atRest(engine);
    server.sync = () => answer({ partitions: [], state: "lost", pull: {} });
    await engine.save([change(engine.newId())]);
    await vi.waitFor(() => expect(timers.filter((timer) => timer.delayMs === 60_000)).toHaveLength(2));
    timers
      .filter((timer) => timer.delayMs === 60_000)
      .at(-1)
      ?.act();
    await vi.waitFor(() => expect(engine.session.value).toBeNull());
  });
});

it("proves its device when the browser has lost the cookies, and then sends", async () => {
  const server = newServer();
  const first = await start(server);
  await first.signIn(server.username, "đúng");
  await atRest(first);
  const record = first.newId();
  server.hasSession = false;
  await first.save([change(record)]);
  await vi.waitFor(async () => expect((await first.record(record))?.state).toBe("received"));
  expect(server.refreshes).toMatchObject([
    { proof: { device: server.device, mac: expect.stringMatching(/^[\w-]{43}$/) } },
  ]);
});

it("empties its outbox before it is wiped when it is retired (P25)", async () => {
  const server = newServer();
  const engine = await start(server);
  await engine.signIn(server.username, "đúng");
  await atRest(engine);
  server.sync = () => answer({ state: "retired", pull: {} });
  await engine.save([change(engine.newId())]);
  await atRest(engine);
  expect(engine.status.value.waitingRecords).toBe(1);
  server.sync = (request) =>
    answer({ state: "retired", pull: {}, receipts: request.operations.map(({ n }) => accepted(n)) });
  const forgotten: string[] = [];
  vi.stubGlobal("caches", { delete: async (name: string) => forgotten.push(name) > 0 });
  engine.sendNow();
  await vi.waitFor(() => expect(engine.session.value).toBeNull());
  // outlines of the unit, which the map has kept
  expect(forgotten).toEqual(["map-boundaries"]);
});
