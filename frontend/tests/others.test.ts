/** Several people with one phone: each has a store and a lock of their own, and what waits goes under its author. */
import { afterEach, expect, it, vi } from "vitest";
import type { Engine, OtherUser } from "../src/engine/contract.ts";
import { openSessionStore } from "../src/store/session-store.ts";
import type { Request } from "../src/sync/core/exchange.ts";
import { atRest, change, newServer, type Server, start } from "./engine-kit.ts";
import { LAN, newDevice, newRecordId } from "./kit.ts";

const PIN = "481516";

afterEach(async () => {
  vi.unstubAllGlobals();
  const sessions = openSessionStore();
  await sessions.dropSession();
  for (const { session } of await sessions.others()) {
    await sessions.switchTo(session.device.id);
    await sessions.dropSession();
  }
});

/** From now on somebody else signs in. */
function anotherUser(server: Server): void {
  server.device = newDevice();
  server.username = `minh.${server.device}`;
  server.userId = newRecordId();
}

async function signedIn(server: Server): Promise<Engine> {
  const engine = await start(server);
  expect(await engine.signIn(server.username, "đúng")).toMatchObject({ ok: true });
  await atRest(engine);
  await vi.waitFor(async () => expect(await openSessionStore().sealingKey()).not.toBeNull());
  return engine;
}

const setPin = async (engine: Engine) =>
  expect(await (await engine.locking()).set("pin", PIN)).toMatchObject({ ok: true });
const others = async (engine: Engine): Promise<readonly OtherUser[]> => await (await engine.others()).list();

/** Lan has locked her part, has a record that waits, and gives the phone to Minh, who signs in. */
async function handedOver({ isLocked = true } = {}) {
  const server = newServer();
  const engine = await signedIn(server);
  const lan = server.device;
  if (isLocked) await setPin(engine);
  server.isReachable = false;
  const waiting = newRecordId();
  await engine.save([change(waiting)]);
  server.isReachable = true;
  const pushes: Request[] = [];
  const { sync } = server;
  server.sync = (request) => {
    pushes.push(request);
    return sync(request);
  };
  anotherUser(server);
  await engine.signIn(server.username, "đúng");
  await atRest(engine);
  return { server, engine, lan, minh: server.device, waiting, pushes };
}

it("keeps what one person has recorded out of another one's sight, and in their own store", async () => {
  const { engine, lan, waiting } = await handedOver({ isLocked: false });
  expect(await engine.record(waiting)).toBeNull();
  expect(await engine.list({ limit: 9 })).toEqual([]);
  expect(await others(engine)).toEqual([
    { device: lan, username: expect.stringContaining("lan"), name: LAN.name, waitingRecords: 1, hasLock: false },
  ]);
});

it("opens for who comes back by their own lock alone, without a network, and takes records meanwhile", async () => {
  const { server, engine, lan, minh, waiting } = await handedOver();
  await setPin(engine);
  server.isReachable = false;
  expect(await (await engine.others()).switchTo(lan)).toBe(true);
  expect(engine.session.value?.device.id).toBe(lan);
  expect(engine.lock.value).toMatchObject({ isSet: true, isLocked: true });
  await expect(engine.record(waiting)).resolves.toBeNull();
  expect(await engine.save([change(newRecordId())])).toMatchObject({ ok: true });
  expect(await (await engine.locking()).unlock("pin", PIN)).toEqual({ ok: true, value: null });
  expect((await engine.record(waiting))?.state).toBe("waiting");
  expect((await others(engine)).map(({ device }) => device)).toEqual([minh]);
});

it("sends under the author's own device, and asks for their cookies first", async () => {
  const { server, engine, lan, waiting, pushes } = await handedOver();
  await (await engine.others()).switchTo(lan);
  expect(server.cookiesOf).not.toBe(lan);
  await (await engine.locking()).unlock("pin", PIN);
  await vi.waitFor(async () => expect((await engine.record(waiting))?.state).toBe("received"));
  expect(server.refreshes.at(-1)).toMatchObject({ proof: { device: lan } });
  const sent = pushes.filter(({ operations }) => operations.some(({ record }) => record === waiting));
  expect(sent.map(({ device }) => device)).toEqual([lan]);
});

it("hands in what waits of others, once, and leaves it with them until they hear of it themselves", async () => {
  const { server, engine, lan, waiting } = await handedOver();
  await vi.waitFor(() => expect(server.boxes).toEqual([waiting]));
  engine.sendNow();
  await new Promise((done) => setTimeout(done, 50));
  expect(server.boxes).toEqual([waiting]);
  await vi.waitFor(async () => expect(await others(engine)).toMatchObject([{ device: lan, waitingRecords: 0 }]));
  await (await engine.others()).switchTo(lan);
  expect(engine.status.value.waitingRecords).toBe(1);
});

it("lets somebody without a lock go on by the password alone", async () => {
  const { engine, server, lan, minh } = await handedOver({ isLocked: false });
  expect(await others(engine)).toMatchObject([{ hasLock: false, waitingRecords: 1 }]);
  expect(await (await engine.others()).switchTo(lan)).toBe(false);
  expect(engine.session.value?.device.id).toBe(minh);
  expect(server.boxes).toEqual([]);
});

it("forgets on this phone who signs out, and nobody else", async () => {
  const { engine, lan } = await handedOver();
  expect(await engine.signOut()).toEqual({ ok: true, value: null });
  expect(engine.session.value).toBeNull();
  expect((await others(engine)).map(({ device }) => device)).toEqual([lan]);
  expect(await (await engine.others()).switchTo(newDevice())).toBe(false);
});

it("goes on after a new start with whoever was at work last", async () => {
  const { server, lan } = await handedOver();
  const again = await start(server);
  expect(again.session.value?.device.id).toBe(server.device);
  await (await again.others()).switchTo(lan);
  expect((await start(server)).session.value?.device.id).toBe(lan);
});

it("gives nobody the keys of whoever was unlocking when the phone changed hands", async () => {
  const { engine, lan, minh } = await handedOver();
  await setPin(engine);
  const people = await engine.others();
  await people.switchTo(lan);
  const unlocking = (await engine.locking()).unlock("pin", PIN);
  await people.switchTo(minh);
  await unlocking;
  expect(engine.session.value?.device.id).toBe(minh);
  expect(engine.lock.value.isLocked).toBe(true);
});

it("leaves whoever is at work since alone, when another tab signs somebody out", async () => {
  const { engine, lan, minh } = await handedOver();
  const sessions = openSessionStore();
  await sessions.dropSession(lan);
  expect((await sessions.session())?.device.id).toBe(minh);
  expect(await sessions.changeSession(lan, (session) => session)).toBeNull();
  expect(engine.session.value?.device.id).toBe(minh);
});
