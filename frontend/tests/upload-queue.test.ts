/** The queue against a server made of a function: operations first, one photo at a time, no bad one in the way. */
import { describe, expect, it } from "vitest";
import { queueInTab } from "../src/platform/locks.ts";
import type { DeviceStore } from "../src/store/device-store.ts";
import { advance, retryPhoto } from "../src/store/photos.ts";
import { syncLock } from "../src/sync/loop.ts";
import { AT, answer, NOW, openStore, PHONG_DIEN, pulled } from "./kit.ts";
import { patrolWithPhotos, receiptAll, rowOf } from "./photo-kit.ts";
import { openQueue, runUploads } from "./upload-run.ts";
import { problem, uploadServer } from "./upload-server.ts";
import { seeded, virtualClock } from "./virtual-phone.ts";

const HOUR_MS = 3_600_000;
type Answer = (input: string, init: RequestInit) => Promise<Response | null> | Response | null;

/** A store with photos whose records the server has, and a server that `first` may speak for. */
async function begin(sizes: readonly number[], first: Answer = () => null) {
  const server = uploadServer();
  const store = openStore();
  const clock = virtualClock(NOW);
  const { shots } = await patrolWithPhotos(store, sizes);
  await receiptAll(store);
  for (const shot of shots) server.records.add(shot.id);
  const asked: string[] = [];
  const fetch = async (input: unknown, init: RequestInit = {}) => {
    clock.pass(100);
    asked.push(`${init.method} ${String(input)}`);
    return (await first(String(input), init)) ?? (await server.fetch(input, init));
  };
  const run = { store, clock, random: seeded(4), fetch: fetch as typeof globalThis.fetch };
  return { server, store, clock, run, shots, asked, ids: shots.map(({ id }) => id) };
}

const recordOf = (init: RequestInit) =>
  atob(new Headers(init.headers).get("Upload-Metadata")?.split("record ")[1] ?? "");
const stateOf = async (store: DeviceStore, id = "") => (await rowOf(store, id))?.state;

describe("the queue of photos", () => {
  it("sends one after the other, each in parts that grow with the speed", async () => {
    const { server, run, shots, asked } = await begin([300_000, 70_000]);
    expect(await runUploads(run, NOW + HOUR_MS)).toMatchObject({ waiting: 0, refused: 0 });
    expect(shots.every(({ sha256 }) => server.received.has(sha256))).toBe(true);
    const [first, second] = ["/api/v1/uploads/upload-1", "/api/v1/uploads/upload-2"];
    expect(asked).toEqual([
      "POST /api/v1/uploads",
      ...[`PATCH ${first}`, `PATCH ${first}`],
      "POST /api/v1/uploads",
      `PATCH ${second}`,
    ]);
  });

  it("takes a picture that the unit has already for received at once", async () => {
    const { server, run, shots, asked } = await begin([50_000]);
    server.received.set(shots[0]?.sha256 ?? "", new Uint8Array());
    expect((await runUploads(run, NOW + HOUR_MS)).waiting).toBe(0);
    expect(asked).toEqual(["POST /api/v1/uploads"]);
  });

  it("lets an exchange that is due go between two parts", async () => {
    const { store, run } = await begin([200_000, 200_000]);
    const order: string[] = [];
    let exchanges = 0;
    const fetch = async (input: RequestInfo | URL, init: RequestInit = {}) => {
      order.push(String(init.method));
      if (init.method === "PATCH" && exchanges === 0) {
        exchanges += 1;
        void queueInTab(syncLock(store.owner.device), async () => void order.push("exchange"));
      }
      return await run.fetch(input, init);
    };
    await runUploads({ ...run, fetch }, NOW + HOUR_MS);
    expect(order.slice(0, 4)).toEqual(["POST", "PATCH", "exchange", "PATCH"]);
  });

  it("waits while operations are on their way, and goes on when it is asked again", async () => {
    const { run, asked, store } = await begin([1_000]);
    let mayGo = false;
    const queue = openQueue({ ...run, mayGo: () => mayGo });
    queue.ask("saved");
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(asked).toEqual([]);
    mayGo = true;
    queue.ask("answered");
    await expect.poll(async () => (await store.summary()).waitingPhotos).toBe(0);
    queue.stop();
  });

  it("sends nothing while the page is hidden", async () => {
    const { run, asked } = await begin([1_000]);
    const queue = openQueue({ ...run, isVisible: () => false });
    queue.ask("saved");
    await new Promise((resolve) => setTimeout(resolve, 30));
    queue.stop();
    expect(asked).toEqual([]);
  });

  it("sends no part twice when two tabs take turns", async () => {
    const { run, server, store } = await begin([390_000, 390_000, 100_000]);
    const queues = [openQueue(run), openQueue({ ...run, random: seeded(5) })];
    for (const queue of queues) queue.ask("answered");
    await expect.poll(async () => (await store.summary()).waitingPhotos, { timeout: 5_000 }).toBe(0);
    for (const queue of queues) queue.stop();
    expect([server.repeatedBytes(), server.received.size]).toEqual([0, 3]);
  });
});

describe("the queue, when it goes wrong", () => {
  it("lets a photo that the server refuses wait for a person, and sends the others (A24)", async () => {
    let refused = true;
    const { run, store, ids, server } = await begin([10, 20, 30], (_, init) =>
      refused && init.method === "POST" && recordOf(init) === ids[0] ? problem(422, "photo-not-jpeg") : null,
    );
    expect(await runUploads(run, NOW + HOUR_MS)).toMatchObject({ waiting: 0, refused: 1 });
    expect(await rowOf(store, ids[0] ?? "")).toMatchObject({ state: "refused", code: "photo-not-jpeg" });
    expect(server.received.size).toBe(2);
    refused = false;
    await store.write((tx) => retryPhoto(tx, ids[0] ?? ""));
    expect(await runUploads(run, NOW + HOUR_MS)).toMatchObject({ waiting: 0, refused: 0 });
  });

  it("puts off a photo whose record the server does not show, and comes back to it by itself (A23)", async () => {
    const { run, server, ids, store, clock } = await begin([10, 20]);
    server.records.delete(ids[0] ?? "");
    expect(await runUploads(run, NOW + 60_000)).toMatchObject({ waiting: 1 });
    expect(await rowOf(store, ids[0] ?? "")).toMatchObject({ state: "pending", code: "not-found" });
    server.records.add(ids[0] ?? "");
    expect(await runUploads(run, clock.nowMs() + HOUR_MS)).toMatchObject({ waiting: 0 });
  });

  it("lets a photo wait for a person where its record is no longer on the phone, and the server shows none", async () => {
    const { run, server, ids, store } = await begin([10, 20]);
    server.records.delete(ids[0] ?? "");
    const left = { partitions: [PHONG_DIEN], seen_n: 3, pull: { [PHONG_DIEN]: pulled() } };
    await store.apply(answer(left), AT);
    expect(await runUploads(run, NOW + HOUR_MS)).toMatchObject({ waiting: 0, refused: 1 });
    expect(await rowOf(store, ids[0] ?? "")).toMatchObject({ state: "refused", code: "photo-unrecorded" });
    expect(server.received.size).toBe(1);
  });

  it("keeps everything at a 401, and asks no more", async () => {
    const { run, asked } = await begin([10, 20], () => problem(401, "session-expired"));
    expect(await runUploads(run, NOW + HOUR_MS)).toMatchObject({ waiting: 2, endedMs: expect.any(Number) });
    expect(asked).toEqual(["POST /api/v1/uploads", "POST /api/v1/sessions/refresh"]);
  });

  it("honours Retry-After, then goes on by itself", async () => {
    let isLow = true;
    const times: number[] = [];
    const { run, clock } = await begin([10], () => {
      times.push(clock.nowMs() - NOW);
      if (!isLow) return null;
      isLow = false;
      return problem(503, "disk-low", { "Retry-After": "120" });
    });
    expect(await runUploads(run, NOW + HOUR_MS)).toMatchObject({ waiting: 0 });
    expect(times[1] ?? 0).toBeGreaterThanOrEqual(120_000);
  });
});

describe("the queue, with answers that are not what was asked for", () => {
  it("takes a captive portal's page for no answer at all", async () => {
    const page = () => new Response("<html>", { headers: { "Content-Type": "text/html" } });
    const { run, store, ids } = await begin([10], page);
    expect(await runUploads(run, NOW + 10_000)).toMatchObject({ waiting: 1 });
    expect(await rowOf(store, ids[0] ?? "")).toMatchObject({ failures: 0, upload: null });
  });

  it("asks where it stands after a part out of place, and after one that was damaged", async () => {
    const trouble = [problem(409, "offset-wrong"), problem(460, "checksum-wrong"), problem(460, "photo-mismatch")];
    const { run, asked, server } = await begin([100_000], (_, init) =>
      init.method === "PATCH" ? (trouble.pop() ?? null) : null,
    );
    expect(await runUploads(run, NOW + HOUR_MS)).toMatchObject({ waiting: 0 });
    const url = "/api/v1/uploads/upload-1";
    expect(asked.slice(1, 5)).toEqual([`PATCH ${url}`, `HEAD ${url}`, `PATCH ${url}`, `HEAD ${url}`]);
    expect(server.repeatedBytes()).toBe(0);
  });

  it("does not go in circles when the server forgets every upload at once", async () => {
    const { run, asked } = await begin([100_000], (_, init) =>
      init.method === "PATCH" ? problem(410, "not-found") : null,
    );
    await runUploads(run, NOW + HOUR_MS);
    // Two a time at first, then ever rarer: an hour of it is no storm.
    expect(asked.length).toBeLessThan(40);
  });

  it("leaves a server in peace that fails for every photo", async () => {
    const sizes = Array.from({ length: 20 }, () => 10);
    const { run, asked } = await begin(sizes, () => problem(500, "internal"));
    expect(await runUploads(run, NOW + 60_000)).toMatchObject({ waiting: 20 });
    expect(asked.length).toBeLessThan(20);
  });

  it("says so when the bytes are gone or are not those that were taken", async () => {
    const { run, store, ids, asked } = await begin([10, 20, 30]);
    await store.write(async (tx) => {
      await tx.objectStore("photo_files").delete([ids[0] ?? "", "full"]);
      await tx.objectStore("photo_files").put(new ArrayBuffer(20), [ids[1] ?? "", "full"]);
    });
    expect(await runUploads(run, NOW + HOUR_MS)).toMatchObject({ waiting: 0, refused: 2 });
    expect(await rowOf(store, ids[0] ?? "")).toMatchObject({ code: "photo-lost" });
    expect(asked.length).toBe(2);
  });

  it("lets a photo go that was removed while a part of it was on its way", async () => {
    const { run, store, ids } = await begin([100_000], async (_, init) => {
      if (init.method === "PATCH") await store.write((tx) => advance(tx, ids[0] ?? "", { state: "removed" }));
      return null;
    });
    expect(await runUploads(run, NOW + HOUR_MS)).toMatchObject({ waiting: 0, refused: 0 });
    expect(await stateOf(store, ids[0])).toBe("removed");
  });
});
