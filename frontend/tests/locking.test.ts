/** The lock of the app: nothing that was recorded opens without it, and recording goes on all the same. */
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Engine } from "../src/engine/contract.ts";
import { openSessionStore } from "../src/store/session-store.ts";
import type { Operation } from "../src/sync/core/record.ts";
import { atRest, change, newServer, type Server, start, WALL } from "./engine-kit.ts";
import { newRecordId } from "./kit.ts";
import { SpareFiles } from "./spare/spare-kit.ts";

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
  expect(engine.lock.value).toEqual({
    isPossible: true,
    isSet: true,
    isLocked: false,
    isPutOff: false,
    isGivenUp: false,
    ways: ["pin"],
  });
  return { engine, server, sent, waiting };
}

const unlock = async (engine: Engine, secret: string) => await (await engine.locking()).unlock("pin", secret);
function sentBy<T>(server: Server, of: (operation: Operation) => T): T[] {
  const seen: T[] = [];
  const { sync } = server;
  server.sync = (request) => {
    seen.push(...request.operations.map(of));
    return sync(request);
  };
  return seen;
}

it("leaves everything as it was for whoever sets it", async () => {
  const { engine, sent, waiting } = await lockedPhone();
  expect((await engine.record(sent))?.fields.route).toBe("Tuyến 1");
  expect((await engine.record(waiting))?.state).toBe("waiting");
});

it("shows and sends nothing after a new start, counts what waits, and takes what is recorded", async () => {
  const { server: before, waiting } = await lockedPhone();
  // The page of before has gone: it would send what it can open.
  const server = { ...before, isReachable: true };
  const seen = sentBy(server, ({ record }) => record);
  const again = await start(server);
  expect(again.lock.value).toEqual({
    isPossible: true,
    isSet: true,
    isLocked: true,
    isPutOff: false,
    isGivenUp: false,
    ways: ["pin"],
  });
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
  const { server: before, waiting } = await lockedPhone();
  const server = { ...before, isReachable: false };
  const again = await start(server);
  const [night, later] = [newRecordId(), newRecordId()];
  await again.save([change(night)]);
  await (await again.locking()).forget();
  expect(again.lock.value).toMatchObject({ isLocked: true, isGivenUp: true });
  await again.save([change(later)]);
  server.isReachable = true;
  const numbers = sentBy(server, ({ n }) => n);
  expect(await again.signIn(server.username, "đúng")).toMatchObject({ ok: true });
  expect(server.boxes).toEqual([waiting, night, later]);
  expect(again.lock.value).toMatchObject({ isPossible: true, isSet: false, isLocked: false });
  expect(again.status.value.waitingRecords).toBe(0);
  await again.save([change(newRecordId())]);
  await vi.waitFor(() => expect(numbers).toEqual([5]));
});

it("still opens by the secret until the password was taken: whoever finds the phone destroys nothing", async () => {
  const { server, waiting } = await lockedPhone();
  const again = await start({ ...server, isReachable: false });
  await (await again.locking()).forget();
  expect(await again.signIn(server.username, "đúng")).toMatchObject({ ok: false });
  expect(await unlock(again, PIN)).toMatchObject({ ok: true });
  expect(again.lock.value.isGivenUp).toBe(false);
  expect((await again.record(waiting))?.fields.route).toBe("Tuyến 1");
});

it("keeps what waits where handing it in fails, until the server has said that it has it", async () => {
  const { server: before, waiting } = await lockedPhone();
  const server = { ...before, boxes: [] as string[], isReachable: true, isForgetful: true };
  const again = await start(server);
  await (await again.locking()).forget();
  expect(await again.signIn(server.username, "đúng")).toMatchObject({ ok: false, problem: { code: "no-internet" } });
  expect(again.status.value.waitingRecords).toBe(1);
  server.isForgetful = false;
  expect(await again.signIn(server.username, "đúng")).toMatchObject({ ok: true });
  expect(server.boxes).toEqual([waiting, waiting]);
  expect(again.status.value.waitingRecords).toBe(0);
});

it("deletes nothing that the server cannot open, and finishes a lock that was set half-way", async () => {
  const server = newServer();
  const engine = await start(server);
  await engine.signIn(server.username, "đúng");
  await atRest(engine);
  await vi.waitFor(async () => expect(await openSessionStore().sealingKey()).not.toBeNull());
  server.isReachable = false;
  const early = newRecordId();
  await engine.save([change(early)]);
  // The app dies between the new key and the rows.
  const resealing = vi.spyOn(IDBObjectStore.prototype, "getAllKeys").mockImplementation(() => {
    throw new DOMException("dead", "UnknownError");
  });
  await (await engine.locking()).set("pin", PIN);
  resealing.mockRestore();

  const again = await start({ ...server, isReachable: true });
  await (await again.locking()).forget();
  expect(await again.signIn(server.username, "đúng")).toMatchObject({ problem: { code: "unboxed-remain" } });
  expect(again.status.value.waitingRecords).toBe(1);
  expect(server.boxes).toEqual([]);

  const offline = { ...server, isReachable: false };
  const third = await start(offline);
  expect(await unlock(third, PIN)).toMatchObject({ ok: true });
  expect((await openSessionStore().keyring(server.device))?.is_resealing).toBe(false);
  await (await third.locking()).lock();
  await (await third.locking()).forget();
  offline.isReachable = true;
  expect(await third.signIn(server.username, "đúng")).toMatchObject({ ok: true });
  expect(server.boxes).toEqual([early]);
});

it("is set by one of two tabs, and the other one says so", async () => {
  const server = newServer();
  const tabs = [await start(server), await start(server)] as const;
  for (const tab of tabs) await tab.signIn(server.username, "đúng");
  await vi.waitFor(async () => expect(await openSessionStore().sealingKey()).not.toBeNull());
  const answers = await Promise.all(
    tabs.map(async (tab, at) => await (await tab.locking()).set("pin", ["481516", "234280"][at])),
  );
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  expect(answers.find(({ ok }) => !ok)).toMatchObject({ problem: { code: "lock-set" } });
});

it("counts tries that are made at once", async () => {
  const { server } = await lockedPhone();
  const again = await start({ ...server });
  const locking = await again.locking();
  const tries = await Promise.all([...Array(8).fill("000111"), PIN].map((secret) => locking.unlock("pin", secret)));
  expect(tries.filter((outcome) => !outcome.ok && outcome.problem.code === "wrong-pin")).toHaveLength(5);
  expect(tries.filter((outcome) => !outcome.ok && outcome.problem.code === "unlock-wait")).toHaveLength(4);
}, 20_000);

describe("a database that is lost under a lock", () => {
  let files: SpareFiles;
  beforeEach(() => {
    files = new SpareFiles();
  });
  afterEach(() => files.disk.remove());

  /** Two that wait in the spare copy alone, and a phone that knows no more than that. */
  async function lost() {
    const server = newServer();
    const engine = await start(server, [], undefined, files.door);
    await engine.signIn(server.username, "đúng");
    await atRest(engine);
    await vi.waitFor(async () => expect(await openSessionStore().sealingKey()).not.toBeNull());
    await engine.save([change(newRecordId())]);
    await vi.waitFor(() => expect(engine.status.value.waitingRecords).toBe(0));
    expect(await (await engine.locking()).set("pin", PIN)).toMatchObject({ ok: true });
    server.isReachable = false;
    const waiting = [newRecordId(), newRecordId()];
    for (const id of waiting) await engine.save([change(id)]);
    vi.stubGlobal("indexedDB", new IDBFactory());
    const after = { ...server };
    const again = await start(after, [], undefined, files.door);
    await vi.waitFor(() => expect(again.session.value).not.toBeNull());
    return { server: after, again, waiting };
  }

  it("counts what waits, keeps people from signing out, and opens with the secret", async () => {
    const { again, waiting } = await lost();
    expect(again.lock.value.isLocked).toBe(true);
    await vi.waitFor(() => expect(again.status.value.waitingRecords).toBe(2));
    expect(await again.signOut()).toMatchObject({ problem: { code: "unsent-remain" } });
    expect(await unlock(again, PIN)).toMatchObject({ ok: true });
    await vi.waitFor(async () => expect((await again.record(waiting[1] ?? ""))?.fields.route).toBe("Tuyến 1"));
  });

  it("hands in what waits of somebody who has forgotten the secret", async () => {
    const { again, server, waiting } = await lost();
    await vi.waitFor(() => expect(again.status.value.waitingRecords).toBe(2));
    await (await again.locking()).forget();
    server.isReachable = true;
    expect(await again.signIn(server.username, "đúng")).toMatchObject({ ok: true });
    expect(server.boxes).toEqual(waiting);
  });

  it("goes on with the next number, though nothing waited when the lock was set", async () => {
    const server = newServer();
    const engine = await start(server, [], undefined, files.door);
    await engine.signIn(server.username, "đúng");
    await atRest(engine);
    await vi.waitFor(async () => expect(await openSessionStore().sealingKey()).not.toBeNull());
    for (let n = 1; n <= 3; n += 1) await engine.save([change(newRecordId())]);
    await vi.waitFor(() => expect(engine.status.value.waitingRecords).toBe(0));
    await (await engine.locking()).set("pin", PIN);
    vi.stubGlobal("indexedDB", new IDBFactory());
    const after = { ...server, isReachable: false };
    const again = await start(after, [], undefined, files.door);
    await vi.waitFor(() => expect(again.session.value).not.toBeNull());
    await again.save([change(newRecordId())]);
    expect((await files.of(server.device).read()).rows.map(({ n }) => n)).toEqual([4]);
  });
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
