/** The lock of the app: nothing that was recorded opens without it, and recording goes on all the same. */
import { afterEach, expect, it, vi } from "vitest";
import type { Engine } from "../src/engine/contract.ts";
import { openSessionStore } from "../src/store/session-store.ts";
import { atRest, change, newServer, type Server, start, WALL } from "./engine-kit.ts";
import { newRecordId } from "./kit.ts";

const PIN = "481516";

afterEach(async () => {
  vi.unstubAllGlobals();
  await openSessionStore().dropSession();
});

/** Signed in, one record sent, one not, and the lock set. */
async function lockedPhone(server = newServer()) {
  const engine = await start(server);
  await engine.signIn(server.username, "đúng");
  await atRest(engine);
  const [sent, waiting] = [newRecordId(), newRecordId()];
  await engine.save([change(sent)]);
  await vi.waitFor(() => expect(engine.status.value.waitingRecords).toBe(0));
  await vi.waitFor(async () => expect(await openSessionStore().sealingKey()).not.toBeNull());
  server.isReachable = false;
  await engine.save([change(waiting)]);
  expect(await (await engine.locking()).set("pin", PIN)).toEqual({ ok: true, value: null });
  expect(engine.lock.value).toEqual({ isPossible: true, isSet: true, isLocked: false, isPutOff: false, ways: ["pin"] });
  return { engine, server, sent, waiting };
}

const unlock = async (engine: Engine, secret: string) => await (await engine.locking()).unlock("pin", secret);
const sentBy = (server: Server) => {
  const seen: string[] = [];
  const { sync } = server;
  server.sync = (request) => {
    seen.push(...request.operations.map(({ record }) => record));
    return sync(request);
  };
  return seen;
};

it("leaves everything as it was for whoever sets it", async () => {
  const { engine, sent, waiting } = await lockedPhone();
  expect((await engine.record(sent))?.fields.route).toBe("Tuyến 1");
  expect((await engine.record(waiting))?.state).toBe("waiting");
});

it("shows and sends nothing after a new start, counts what waits, and takes what is recorded", async () => {
  const { server: before, waiting } = await lockedPhone();
  // The page of before has gone: it would send what it can open.
  const server = { ...before, isReachable: true };
  const seen = sentBy(server);
  const again = await start(server);
  expect(again.lock.value).toEqual({ isPossible: true, isSet: true, isLocked: true, isPutOff: false, ways: ["pin"] });
  expect(again.status.value.waitingRecords).toBe(1);
  expect(await again.list({ limit: 9 })).toEqual([]);
  const night = newRecordId();
  expect(await again.save([change(night)])).toMatchObject({ ok: true });
  expect(again.status.value.waitingRecords).toBe(2);
  again.sendNow();
  await new Promise((done) => setTimeout(done, 50));
  expect(seen).toEqual([]);
  expect(await unlock(again, PIN)).toEqual({ ok: true, value: null });
  await vi.waitFor(() => expect(seen).toEqual([waiting, night]));
  await vi.waitFor(async () => expect((await again.record(night))?.state).toBe("received"));
});

it("counts wrong answers on the disk, makes them wait, and takes the PIN away after ten", async () => {
  const { server } = await lockedPhone();
  let wallMs = WALL;
  const clock = { wallMs: () => wallMs, monoMs: () => 1 };
  for (let left = 9; left > 0; left -= 1) {
    // Each time another start: the app was killed in between.
    const again = await start(server, [], clock);
    expect(await unlock(again, "000111")).toMatchObject({ problem: { code: "wrong-pin", values: { n: left } } });
    if (left <= 5) expect(await unlock(again, PIN)).toMatchObject({ problem: { code: "unlock-wait" } });
    wallMs += 3_600_000;
  }
  const last = await start(server, [], clock);
  expect(await unlock(last, "000111")).toMatchObject({ problem: { code: "pin-locked" } });
  wallMs += 3_600_000;
  expect(await unlock(last, PIN)).toMatchObject({ problem: { code: "pin-locked" } });
  expect(await last.save([change(newRecordId())])).toMatchObject({ ok: true });
  expect(last.status.value.waitingRecords).toBe(2);
}, 60_000);

it("hands in what waits of somebody who has forgotten it, loses no number, and begins anew", async () => {
  const { server: before } = await lockedPhone();
  const server = { ...before, isReachable: false };
  const again = await start(server);
  await again.save([change(newRecordId())]);
  await (await again.locking()).forget();
  expect(again.lock.value).toMatchObject({ isLocked: true, ways: [] });
  expect(await unlock(again, PIN)).toMatchObject({ problem: { code: "pin-locked" } });
  await again.save([change(newRecordId())]);
  server.isReachable = true;
  const seen = sentBy(server);
  expect(await again.signIn(server.username, "đúng")).toMatchObject({ ok: true });
  expect(server.boxes).toHaveLength(3);
  expect(again.lock.value).toEqual({ isPossible: true, isSet: false, isLocked: false, isPutOff: false, ways: [] });
  expect(again.status.value.waitingRecords).toBe(0);
  const next = newRecordId();
  const numbers: number[] = [];
  const { sync } = server;
  server.sync = (request) => {
    numbers.push(...request.operations.map(({ n }) => n));
    return sync(request);
  };
  await again.save([change(next)]);
  await vi.waitFor(() => expect(seen).toEqual([next]));
  expect(numbers).toEqual([5]);
});

it("keeps what waits where handing it in fails, until it succeeds", async () => {
  const { server: before } = await lockedPhone();
  const server = { ...before, isReachable: true };
  const again = await start(server);
  await (await again.locking()).forget();
  const { boxes } = server;
  Object.defineProperty(server, "boxes", {
    configurable: true,
    get: () => {
      throw new TypeError("failed to fetch");
    },
  });
  expect(await again.signIn(server.username, "đúng")).toMatchObject({ ok: false });
  expect(again.status.value.waitingRecords).toBe(1);
  Object.defineProperty(server, "boxes", { value: boxes });
  expect(await again.signIn(server.username, "đúng")).toMatchObject({ ok: true });
  expect(boxes).toHaveLength(1);
  expect(again.status.value.waitingRecords).toBe(0);
});

it("is not set by what is easy to guess", async () => {
  const server = newServer();
  const engine = await start(server);
  await engine.signIn(server.username, "đúng");
  expect(await (await engine.locking()).set("pin", "123456")).toMatchObject({ problem: { code: "lock-pin-plain" } });
  expect(engine.lock.value.isSet).toBe(false);
});

it("locks again at once, and is taken off by what unlocks it alone", async () => {
  const { engine, waiting } = await lockedPhone();
  const locking = await engine.locking();
  await locking.lock();
  expect(engine.lock.value.isLocked).toBe(true);
  expect(await engine.record(waiting)).toBeNull();
  expect(await locking.unlock("pin", PIN)).toMatchObject({ ok: true });
  expect(await locking.unset("pin", "000111")).toMatchObject({ ok: false });
  expect(engine.lock.value.isSet).toBe(true);
  expect(await locking.unset("pin", PIN)).toMatchObject({ ok: true });
  expect(engine.lock.value).toMatchObject({ isSet: false, isLocked: false });
  expect((await engine.record(waiting))?.fields.route).toBe("Tuyến 1");
});

it("refuses a second patrol while it cannot look at the first", async () => {
  const { engine } = await lockedPhone();
  const open = { ...change(newRecordId()), set: { started_at: WALL } };
  await engine.save([open]);
  await (await engine.locking()).lock();
  await expect(engine.openPatrol()).rejects.toMatchObject({ code: "locked" });
});
