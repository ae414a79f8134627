/** A database that was lost, wholly or in part, beside a spare copy that was not: nothing is gone, and nothing is twice. */
import { deleteDB } from "idb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Session } from "../../src/engine/contract.ts";
import type { Entry } from "../../src/spare/contract.ts";
import { openKeeping } from "../../src/spare/keep.ts";
import { type DeviceStore, openDeviceStore } from "../../src/store/device-store.ts";
import { NO_KEEPING, type OpenKeeping } from "../../src/store/keeping.ts";
import { addPhoto, removePhoto, type Shot } from "../../src/store/photos.ts";
import {
  AT,
  accepted,
  answer,
  CAI_KHE,
  LAN,
  moment,
  NOW,
  newDevice,
  newRecordId,
  outboxNumbers,
  patrol,
} from "../kit.ts";
import { SpareFiles } from "./spare-kit.ts";

const COPIED_AT = NOW + 5;
let files: SpareFiles;
let device: string;
const opened: DeviceStore[] = [];

beforeEach(() => {
  files = new SpareFiles();
  device = newDevice();
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  files.disk.remove();
});

const session = (): Session => ({
  user: { ...LAN, username: "lan", role: "officer", areas: [] },
  device: { id: device, name: "?", state: "active" },
});
const withFiles: OpenKeeping = async (store) =>
  (await files.door.open()).keep(store, { session: session() }, COPIED_AT);

const without: OpenKeeping = async () => NO_KEEPING;

async function open(keeping: OpenKeeping = withFiles): Promise<DeviceStore> {
  const store = openDeviceStore({ device, user: LAN }, keeping);
  opened.push(store);
  await store.ready();
  return store;
}

async function save(store: DeviceStore, record = newRecordId()): Promise<string> {
  expect(await store.save([patrol(record)], moment())).toBe("saved");
  return record;
}

const receive = (store: DeviceStore, ...ns: number[]) => store.apply(answer({ receipts: ns.map(accepted) }), AT);
const kept = async () => (await files.of(device).read()).rows.map(({ n }) => n);

function shot(id: string): Shot {
  const [full, thumb] = [new ArrayBuffer(9), new ArrayBuffer(3)];
  return { id, full, thumb, sha256: "0".repeat(64), width: 4, height: 3, taken_ms: NOW };
}

/** Until no save has room in it. */
async function fillSpareCopy(store: DeviceStore): Promise<void> {
  files.disk.freeBytes = 0;
  const results: string[] = [];
  while (results.at(-1) !== "storage-full" && results.length < 999)
    results.push(await store.save([patrol(newRecordId(), { note: "x".repeat(190) })], moment()));
  expect(new Set(results)).toEqual(new Set(["saved", "storage-full"]));
}

/** As Chromium does after the second start on a log that a full disk has torn. */
async function loseDatabase(store: DeviceStore): Promise<void> {
  await store.close();
  await deleteDB(`diaban-${device}`);
}

describe("a database that is gone", () => {
  it("gets back every operation under its number, with its text, shown as waiting; and goes on counting", async () => {
    const before = await open();
    const records = [await save(before), await save(before)];
    const operations = (await before.batch(9, 99_999)).operations;
    await loseDatabase(before);
    const store = await open();
    expect(await store.ready()).toBe(true);
    expect((await store.batch(9, 99_999)).operations).toEqual(operations);
    expect(await store.record(records[0] ?? "")).toMatchObject({ fields: { route: "Tuyến 1" }, waiting_n: [1] });
    await save(store);
    expect(await outboxNumbers(store)).toEqual([1, 2, 3]);
  });

  it("has nothing left without a spare copy", async () => {
    const before = await open(without);
    await save(before);
    await loseDatabase(before);
    expect(await outboxNumbers(await open(without))).toEqual([]);
  });

  it("gets back nothing that was receipted, and gives none of its numbers again", async () => {
    const before = await open();
    await save(before);
    await save(before);
    await receive(before, 1, 2);
    await loseDatabase(before);
    const store = await open();
    expect(await outboxNumbers(store)).toEqual([]);
    await save(store);
    expect(await outboxNumbers(store)).toEqual([3]);
  });

  it("says of each photo that its picture is gone: the record is whole, and people can take it again", async () => {
    const before = await open();
    const [parent, id] = [await save(before), newRecordId()];
    await before.write((tx) => addPhoto(tx, before.owner, shot(id), { record: parent, partition: CAI_KHE }, moment()));
    await loseDatabase(before);
    const store = await open();
    expect(await outboxNumbers(store)).toEqual([1, 2]);
    expect(await store.summary()).toMatchObject({ waitingRecords: 2, waitingPhotos: 0, refusedPhotos: 1 });
    const [row] = await store.read((tx) => tx.objectStore("photos").getAll());
    expect(row).toMatchObject({ id, parent, state: "refused", code: "photo-lost", bytes: 9, taken_ms: NOW });
  });

  it("knows where records may be made, before any exchange", async () => {
    const before = await open();
    await receive(before);
    await loseDatabase(before);
    expect((await (await open()).summary()).partitions).toMatchObject([{ id: CAI_KHE, access: "write" }]);
  });
});

describe("a database that has lost its last saves", () => {
  it("gets those back and keeps its own", async () => {
    const store = await open();
    await save(store);
    await save(store);
    await store.write(async (tx) => {
      await tx.objectStore("outbox").delete(2);
      await tx.objectStore("meta").put(2, "next_n");
    });
    const again = await open();
    expect(await outboxNumbers(again)).toEqual([1, 2]);
    await save(again);
    expect(await outboxNumbers(again)).toEqual([1, 2, 3]);
  });

  it("and has given their numbers again: takes them up under the next ones, once", async () => {
    const before = await open();
    const lost = await save(before);
    await loseDatabase(before);
    const meanwhile = await open(without);
    const made = await save(meanwhile);
    for (const starts of [1, 2]) {
      const store = await open();
      const { operations } = await store.batch(9, 99_999);
      expect([starts, operations.map(({ n, record }) => [n, record])]).toEqual([
        starts,
        [
          [1, made],
          [2, lost],
        ],
      ]);
    }
    expect(await kept()).toEqual([1, 2]);
  });

  it("and has had them receipted since: sends what it had lost once, however often it starts", async () => {
    const before = await open();
    const lost = await save(before);
    await loseDatabase(before);
    const meanwhile = await open(without);
    await save(meanwhile);
    await receive(meanwhile, 1);
    const sent: [n: number, record: string][] = [];
    for (let starts = 1; starts <= 5; starts += 1) {
      const store = await open();
      const { operations } = await store.batch(9, 99_999);
      for (const { n, record } of operations) sent.push([n, record]);
      await store.apply(answer({ receipts: operations.map(({ n }) => accepted(n)), seen_n: 2 }), AT);
    }
    expect(sent).toEqual([[2, lost]]);
    expect(await kept()).toEqual([]);
  });
});

describe("a form with photos", () => {
  it("is refused on a disk that has no room for its spare copy, and leaves nothing half", async () => {
    const store = await open();
    const parent = await save(store);
    const to = { record: parent, partition: CAI_KHE };
    const photo = { id: newRecordId(), partition: CAI_KHE };
    const add = (id: string) => store.write((tx) => addPhoto(tx, store.owner, shot(id), to, moment()));
    const remove = () => store.write((tx) => removePhoto(tx, store.owner, photo, "mờ", moment()));
    await add(photo.id);
    await fillSpareCopy(store);
    const before = [await outboxNumbers(store), await kept(), await store.summary()];
    for (const refused of [add(newRecordId()), remove()])
      await expect(refused).rejects.toMatchObject({ name: "QuotaExceededError" });
    expect([await outboxNumbers(store), await kept(), await store.summary()]).toEqual(before);
    // What makes no operation needs no room.
    await store.keepAreas([], { unit: CAI_KHE, etag: null, asked_ms: NOW });
    await receive(store, 1);
    files.disk.freeBytes = Number.MAX_SAFE_INTEGER;
    await remove();
    expect(await kept()).toEqual(await outboxNumbers(store));
  });
});

describe("a spare copy that could not be read", () => {
  const unreadable: OpenKeeping = async (store) => {
    const read = () => Promise.reject(new DOMException("no answer", "TimeoutError"));
    return await openKeeping({ ...files.of(device), read }, store, { session: session() }, NOW);
  };

  it("is not written over, either: what it has comes back at the next start", async () => {
    const before = await open();
    const lost = await save(before);
    await loseDatabase(before);
    const meanwhile = openDeviceStore({ device, user: LAN }, (store) => unreadable(store).catch(() => NO_KEEPING));
    opened.push(meanwhile);
    const made = await save(meanwhile);
    const { operations } = await (await open()).batch(9, 99_999);
    expect(operations.map(({ record }) => record)).toEqual([made, lost]);
  });
});

describe("a spare copy that is behind", () => {
  it("learns at the next start what it lacks", async () => {
    const apart = await open(without);
    await save(apart);
    await open();
    expect(await kept()).toEqual([1]);
  });

  it("forgets what was receipted while it could not be told, and brings none of it back", async () => {
    const store = await open();
    await save(store);
    const apart = await open(without);
    await receive(apart, 1);
    const again = await open();
    expect(await outboxNumbers(again)).toEqual([]);
    expect(await kept()).toEqual([]);
  });

  it("that is never written makes nobody remember all that it lacks", async () => {
    let owed = 0;
    const append = async (entries: readonly Entry[]) => {
      owed = entries.length;
      throw new DOMException("held", "NoModificationAllowedError");
    };
    const reserve = () => Promise.reject(new DOMException("held", "NoModificationAllowedError"));
    const failing: OpenKeeping = (store) =>
      openKeeping({ ...files.of(device), append, reserve }, store, { session: session() }, NOW);
    const store = await open(failing);
    for (let saves = 0; saves < 30; saves += 1)
      await store.save(
        Array.from({ length: 20 }, () => patrol(newRecordId())),
        moment(),
      );
    expect(owed).toBeLessThan(200);
    await store.close();
    await open();
    expect(await kept()).toHaveLength(600);
  });

  it("is told later what it could not take", async () => {
    const store = await open();
    await fillSpareCopy(store);
    const saved = await outboxNumbers(store);
    files.disk.freeBytes = Number.MAX_SAFE_INTEGER;
    await save(store);
    expect(await kept()).toEqual([...saved, saved.length + 1]);
  });
});
