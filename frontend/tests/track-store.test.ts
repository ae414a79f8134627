/** Points of a track on the disk: there at once, sealed, taken while the app is locked, and records exactly once. */
import { openDB } from "idb";
import { describe, expect, it } from "vitest";
import { openTracks } from "../src/engine/tracks.ts";
import { importDataKey, lockedCipher, newDataKey, newPair, openCipher, unlocked } from "../src/keys/data-key.ts";
import type { DeviceStore } from "../src/store/device-store.ts";
import { canonical } from "../src/sync/core/canonical.ts";
import type { Point } from "../src/tracks/segments.ts";
import { moment, NOW, newDevice, newRecordId, openStore, patrol } from "./kit.ts";

const HOUR_MS = 3_600_000;
const START = NOW - HOUR_MS;
const point = (second: number, cause?: Point["cause"]): Point => ({
  at_ms: START + second * 1_000,
  lat_e6: 10_045_000 + second * 10,
  lon_e6: 105_746_000,
  accuracy_m: 8,
  ...(cause && { cause }),
});
const walk = (from: number, to: number) => Array.from({ length: (to - from) / 10 }, (_, n) => point(from + n * 10));

function tracksOn(store: DeviceStore) {
  let changes = 0;
  const changed = async () => {
    changes += 1;
  };
  const tracks = openTracks({ store: () => store, newId: newRecordId, moment: () => moment(), changed });
  return { tracks, changes: () => changes };
}

async function onPatrol(store = openStore()) {
  const id = newRecordId();
  await store.save([patrol(id, { started_at: START })], moment());
  return { store, id, ...tracksOn(store) };
}

const segmentsOf = async (store: DeviceStore, id: string) =>
  (await store.children(id))
    .filter(({ kind }) => kind === "track")
    .sort((a, b) => Number(a.fields.k) - Number(b.fields.k));

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("points on their way to records", () => {
  it("become records of five minutes as they fill, and all of them at the end", async () => {
    const { store, id, tracks } = await onPatrol();
    await tracks.keep(id, walk(0, 700));
    await tracks.save(id, null);
    expect(await segmentsOf(store, id)).toHaveLength(2);
    expect(await tracks.points(id)).toHaveLength(10);
    await tracks.save(id, { atMs: START + 690_000, cause: "no_fix" });
    const segments = await segmentsOf(store, id);
    expect(segments.map(({ fields }) => fields.k)).toEqual([0, 1, 2]);
    expect(segments.map(({ fields }) => (fields.t_s as number[]).length)).toEqual([31, 31, 10]);
    expect(await tracks.waiting()).toEqual([]);
  });

  it("have a checksum that anybody can make again", async () => {
    const { store, id, tracks } = await onPatrol();
    await tracks.keep(id, [point(0), point(90, "hidden")]);
    await tracks.save(id, { atMs: START + 90_000, cause: "no_fix" });
    const [segment] = await segmentsOf(store, id);
    const { sha256: said, ...rest } = segment?.fields ?? {};
    expect(said).toBe(await sha256(canonical(rest) ?? ""));
  });

  it("become one record however many tabs make it", async () => {
    const device = newDevice();
    const { store, id, tracks } = await onPatrol(openStore(device));
    const other = tracksOn(openStore(device)).tracks;
    await tracks.keep(id, walk(0, 700));
    const end = { atMs: START + 690_000, cause: "no_fix" } as const;
    await Promise.all([tracks.save(id, end), other.save(id, end), tracks.save(id, end)]);
    const segments = await segmentsOf(store, id);
    expect(segments.map(({ fields }) => fields.k)).toEqual([0, 1, 2]);
    expect(await tracks.waiting()).toEqual([]);
  });

  it("after the end of the patrol are nobody's business", async () => {
    const { store, id, tracks } = await onPatrol();
    await tracks.keep(id, walk(0, 200));
    await tracks.save(id, { atMs: START + 100_000, cause: "no_fix" });
    const [segment] = await segmentsOf(store, id);
    const steps = (segment?.fields.t_s ?? []) as number[];
    expect(steps.reduce((sum, t) => sum + t, 0)).toBe(100);
    expect(await tracks.waiting()).toEqual([]);
  });
});

describe("points on the disk", () => {
  it("cannot be read there but for their times", async () => {
    const device = newDevice();
    const { id, tracks } = await onPatrol(openStore(device));
    await tracks.keep(id, [point(1)]);
    const db = await openDB(`diaban-${device}`);
    const [row] = await db.getAll("track_points");
    db.close();
    expect(Object.keys(row).sort()).toEqual(["at_ms", "patrol", "sealed"]);
  });

  it("are taken while the app is locked, after those of before, and become records when it is unlocked", async () => {
    const device = newDevice();
    const key = await importDataKey(newDataKey());
    const pair = await newPair(key);
    const cipher = openCipher(new Map([[1, await unlocked(key, pair)]]));
    const { id, tracks } = await onPatrol(openStore(device, cipher));
    await tracks.keep(id, [point(0), point(10)]);
    const locked = tracksOn(openStore(device, lockedCipher(1, pair))).tracks;
    expect(await locked.open()).toEqual({ patrol: id, lastMs: START + 10_000 });
    await locked.keep(id, [point(40, "closed"), point(50)]);
    await expect(locked.points(id)).rejects.toMatchObject({ code: "locked" });
    await expect(locked.save(id, null)).rejects.toMatchObject({ code: "locked" });
    const store = openStore(device, cipher);
    await tracksOn(store).tracks.save(id, { atMs: START + 50_000, cause: "no_fix" });
    const [segment] = await segmentsOf(store, id);
    expect(segment?.fields.gaps).toEqual([{ from_s: 10, to_s: 40, cause: "closed" }]);
  });

  it("keep whoever signs out from leaving them behind", async () => {
    const { store, id, tracks } = await onPatrol();
    expect((await store.summary()).trackPoints).toBe(0);
    await tracks.keep(id, [point(0)]);
    expect((await store.summary()).trackPoints).toBe(1);
  });
});
