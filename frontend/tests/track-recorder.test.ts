// @vitest-environment happy-dom
/** The recorder follows the open patrol: asked once, on the disk at once, through kills, locks and refusals. */
import { signal } from "@preact/signals";
import { afterEach, expect, it, vi } from "vitest";
import type { Engine } from "../src/engine/contract.ts";
import { shownRecord } from "../src/engine/shown-record.ts";
import { openTracks } from "../src/engine/tracks.ts";
import { queueInTab } from "../src/platform/locks.ts";
import type { PositionDoor, PositionPermission } from "../src/platform/position.ts";
import type { DeviceStore } from "../src/store/device-store.ts";
import { answerAsked, trackStatus } from "../src/tracks/live.ts";
import type { Position } from "../src/tracks/place.ts";
import { startTracking } from "../src/tracks/recorder.ts";
import { measured } from "../src/tracks/sums.ts";
import { moment, NOW, newDevice, newRecordId, openStore, patrol } from "./kit.ts";

interface Phone {
  readonly engine: Engine;
  readonly store: DeviceStore;
  readonly device: string;
  readonly id: string;
  go: (seconds: number, metres: number, accuracy_m?: number) => Promise<void>;
  refuse: () => void;
  watches: () => number;
  save: (set: Record<string, number | string | null>) => Promise<void>;
  clock: { nowMs: number };
}

const stops: (() => void)[] = [];
/** The page is gone. */
function kill(): void {
  for (const stop of stops.splice(0)) stop();
}
afterEach(kill);

/** A page on a device; the same device again is the page after a kill. */
async function page(device: string, id: string, nowMs: number, permission: PositionPermission): Promise<Phone> {
  const store = openStore(device);
  const clock = { nowMs };
  const revision = signal(0);
  const changed = async () => {
    revision.value += 1;
  };
  const tracks = openTracks({ store: () => store, newId: newRecordId, moment: () => moment(clock.nowMs), changed });
  const engine = {
    revision,
    lock: signal({ isLocked: false }),
    session: signal({ device: { id: device }, isTracked: true }),
    nowMs: () => clock.nowMs,
    tracks: async () => tracks,
    record: async (of: string) => {
      const row = await store.record(of);
      return row && shownRecord(row, null);
    },
    children: async (of: string) => (await store.children(of)).map((row) => shownRecord(row, null)),
  } as unknown as Engine;
  let hear: ((position: Position) => void) | null = null;
  let refuse: () => void = () => undefined;
  let watched = 0;
  const door: PositionDoor = {
    permission: async () => permission,
    watch: (onPosition, onRefused) => {
      watched += 1;
      hear = onPosition;
      refuse = onRefused;
      return () => {
        hear = null;
      };
    },
    ask: () => undefined,
  };
  stops.push(startTracking({ engine, door, lock: queueInTab }));
  await settle();
  const go = async (seconds: number, metres: number, accuracy_m = 8) => {
    clock.nowMs = nowMs + seconds * 1_000;
    hear?.({ lat_e6: 10_045_000 + Math.round(metres * 8.9932), lon_e6: 105_746_000, accuracy_m });
    await settle();
  };
  const save: Phone["save"] = async (set) => {
    await store.save([patrol(id, set)], moment(clock.nowMs));
    await changed();
    await settle();
  };
  return { engine, store, device, id, go, refuse: () => refuse(), watches: () => watched, save, clock };
}

const settle = () => new Promise((done) => setTimeout(done, 40));
const pointsIn = (phone: Phone) => phone.store.read((tx) => tx.objectStore("track_points").getAll());

async function onPatrol(permission: PositionPermission = "granted"): Promise<Phone> {
  const [device, id] = [newDevice(), newRecordId()];
  await openStore(device).save([patrol(id, { started_at: NOW })], moment());
  return await page(device, id, NOW, permission);
}

it("puts every point on the disk as it comes, and says how far and how exactly", async () => {
  const phone = await onPatrol();
  await phone.go(1, 0);
  await phone.go(11, 30);
  expect(await pointsIn(phone)).toHaveLength(2);
  expect(trackStatus.value).toMatchObject({ phase: "watching", accuracyM: 8 });
  expect(Math.round(trackStatus.value?.metres ?? 0)).toBe(30);
});

it("asks for the position only after somebody was told why and agreed", async () => {
  const phone = await onPatrol("prompt");
  expect([phone.watches(), trackStatus.value?.phase]).toEqual([0, "asking"]);
  answerAsked.value?.(true);
  await phone.go(1, 0);
  expect([phone.watches(), trackStatus.value?.phase]).toEqual([1, "watching"]);
});

it("leaves the patrol as it is where the position is refused", async () => {
  const asked = await onPatrol("prompt");
  answerAsked.value?.(false);
  expect([asked.watches(), trackStatus.value?.phase]).toEqual([0, "refused"]);
  kill();
  const denied = await onPatrol("denied");
  expect([denied.watches(), trackStatus.value?.phase]).toEqual([0, "refused"]);
  kill();
  const later = await onPatrol();
  later.refuse();
  expect(trackStatus.value?.phase).toBe("refused");
  expect(await measured(later.engine, later.id, NOW + 60_000)).toBeNull();
});

it("goes on after a kill, with a gap that says so and no distance over it", async () => {
  const before = await onPatrol();
  await before.go(1, 0);
  await before.go(11, 30);
  kill();
  const after = await page(before.device, before.id, NOW + 60_000, "granted");
  await after.go(0, 500);
  await after.go(10, 530);
  expect((await pointsIn(after)).map(({ cause }) => cause)).toEqual([undefined, undefined, "closed", undefined]);
  expect(Math.round(trackStatus.value?.metres ?? 0)).toBe(60);
  await after.save({ ended_at: NOW + 70_000 });
  expect(await measured(after.engine, after.id, NOW + 70_000)).toEqual({ distance_m: 60, track_gap_s: 49 });
});

it("makes records of it when the end can be taken back no longer, and none before", async () => {
  const phone = await onPatrol();
  await phone.go(1, 0);
  await phone.go(11, 30);
  await phone.save({ ended_at: NOW + 12_000 });
  expect(trackStatus.value).toBeNull();
  expect(await pointsIn(phone)).toHaveLength(2);
  phone.clock.nowMs += 20_000;
  await phone.save({ route: "Tuyến 1", ended_at: NOW + 12_000 });
  phone.clock.nowMs += 20_000;
  (phone.engine.revision as { value: number }).value += 1;
  await vi.waitFor(async () => expect(await pointsIn(phone)).toHaveLength(0));
  expect((await phone.store.children(phone.id)).map(({ kind }) => kind)).toEqual(["track"]);
});

it("goes on without a gap where the end was taken back", async () => {
  const phone = await onPatrol();
  await phone.go(1, 0);
  await phone.save({ ended_at: NOW + 2_000 });
  await phone.save({ ended_at: null });
  await phone.go(9, 20);
  expect((await pointsIn(phone)).map(({ cause }) => cause)).toEqual([undefined, undefined]);
});

it("fills records while it goes on", async () => {
  const phone = await onPatrol();
  for (let second = 1; second < 340; second += 15) await phone.go(second, second);
  await settle();
  expect((await phone.store.children(phone.id)).map(({ kind }) => kind)).toEqual(["track"]);
});
