/** What the phone keeps of photos: whole or not at all, never gone before the server has them (A19, P20, P23). */
import { openDB } from "idb";
import { describe, expect, it, vi } from "vitest";
import type { DeviceStore } from "../src/store/device-store.ts";
import { keepDraft, readDraft } from "../src/store/drafts.ts";
import { endWaits, makeRoom, PHOTO_KEPT_DAYS, settlePhotos } from "../src/store/photo-keeping.ts";
import {
  addPhoto,
  advance,
  countByRecord,
  draftsOf,
  dropDraft,
  dropLoose,
  nextPhoto,
  photosBelow,
  readFile,
  removePhoto,
  retryPhoto,
  rowsOf,
  saveWithDrafts,
} from "../src/store/photos.ts";
import { type DeviceDb, SCHEMA_VERSION } from "../src/store/schema.ts";
import {
  AT,
  accepted,
  answer,
  CAI_KHE,
  held,
  moment,
  NOW,
  newDevice,
  newRecordId,
  openStore,
  outboxNumbers,
  patrol,
  pulled,
  serverRecord,
} from "./kit.ts";
import { keep, patrolWithPhotos, receiptAll, rowOf, shotOf } from "./photo-kit.ts";

const DAY_MS = 86_400_000;
const LATER = NOW + (PHOTO_KEPT_DAYS + 1) * DAY_MS;

const nextId = async (store: DeviceStore, nowMs = NOW) => (await store.read((tx) => nextPhoto(tx, nowMs))).row?.id;
const fileBytes = async (store: DeviceStore, id: string, size: "full" | "thumb" = "full") =>
  (await store.read((tx) => readFile(tx, id, size)))?.byteLength ?? null;
const receive = (store: DeviceStore, id: string) =>
  store.write((tx) => advance(tx, id, { state: "received", upload: null, settled_ms: NOW }));
const full = () => {
  throw new DOMException("full", "QuotaExceededError");
};

describe("a photo that is taken", () => {
  it("is stored with the operation that makes its record", async () => {
    const store = openStore();
    const { record, shots } = await patrolWithPhotos(store, [1_000]);
    const [shot] = shots;
    const { operations } = await store.batch(10, Number.MAX_SAFE_INTEGER);
    expect(operations[1]).toMatchObject({
      n: 2,
      record: shot?.id,
      kind: "photo",
      partition: CAI_KHE,
      set: { parent: record, sha256: shot?.sha256, bytes: 1_000, width: 1600, height: 1200, taken_at: NOW - 1_000 },
    });
    expect(new Uint8Array((await store.read((tx) => readFile(tx, shot?.id ?? "", "full"))) ?? [])).toEqual(
      new Uint8Array(shot?.full ?? []),
    );
    expect(await store.summary()).toMatchObject({ waitingPhotos: 1, refusedPhotos: 0 });
  });

  it("leaves nothing half when the phone is full at any of its writes (A19)", async () => {
    // The operation, the photo's row, its bytes, its thumbnail: each may be the one that finds no room.
    for (let writesBefore = 0; writesBefore < 4; writesBefore += 1) {
      const store = openStore();
      const shot = await shotOf(1_000);
      let writes = 0;
      const add = IDBObjectStore.prototype.add;
      const spy = vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(function (
        this: IDBObjectStore,
        ...given
      ) {
        writes += 1;
        return writes > writesBefore ? full() : add.apply(this, given);
      });
      await expect(keep(store, shot, newRecordId())).rejects.toThrow("full");
      spy.mockRestore();
      expect(writes).toBe(writesBefore + 1);
      expect([await outboxNumbers(store), await rowOf(store, shot.id), await fileBytes(store, shot.id)]).toEqual([
        [],
        undefined,
        null,
      ]);
      expect(await store.save([patrol(newRecordId())], moment())).toBe("saved");
    }
  });

  it("opens the store again when the browser has dropped the connection, and stores once (A19)", async () => {
    const store = openStore();
    const record = newRecordId();
    await store.summary();
    vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementationOnce(() => {
      throw new DOMException("closing", "InvalidStateError");
    });
    const shot = await shotOf(1_000);
    await keep(store, shot, record);
    expect([await outboxNumbers(store), await fileBytes(store, shot.id)]).toEqual([[1], 1_000]);
  });

  it("never replaces another", async () => {
    const store = openStore();
    const { record, shots } = await patrolWithPhotos(store, [1_000]);
    const [shot] = shots;
    if (!shot) throw new Error("no photo");
    await expect(keep(store, { ...shot, full: new ArrayBuffer(2) }, record)).rejects.toThrow();
    expect(await fileBytes(store, shot.id)).toBe(1_000);
  });
});

describe("photos of a form that is not saved yet", () => {
  const draft = async (store: DeviceStore, record: string, nowMs = NOW) => {
    const shot = await shotOf(500);
    await store.write((tx) => addPhoto(tx, store.owner, shot, { draft: record }, moment(nowMs)));
    return shot.id;
  };

  it("are kept without an operation, through the death of the page", async () => {
    const device = newDevice();
    const [record, other] = [newRecordId(), newRecordId()];
    const id = await draft(openStore(device), record);
    const store = openStore(device);
    expect((await store.read((tx) => draftsOf(tx, record))).map((row) => row.id)).toEqual([id]);
    expect(await store.read((tx) => draftsOf(tx, other))).toEqual([]);
    expect([await outboxNumbers(store), await nextId(store)]).toEqual([[], undefined]);
    expect(await store.summary()).toMatchObject({ waitingPhotos: 0, draftPhotos: 1 });
  });

  it("go with the draft that somebody throws away, and those of another form stay", async () => {
    const store = openStore();
    const [left, open] = [newRecordId(), newRecordId()];
    const [gone, stays] = [await draft(store, left), await draft(store, open)];
    for (const [form, record] of [
      ["meeting", left],
      ["outreach", open],
    ] as const)
      await store.write((tx) => keepDraft(tx, { form, record, kind: form, typed: [["note", "x"]], saved_ms: NOW }));
    await store.write((tx) => dropDraft(tx, { form: "meeting", record: left }));
    expect([await fileBytes(store, gone), await fileBytes(store, stays)]).toEqual([null, 500]);
    const kept = (form: string) => store.read((tx) => readDraft(tx, form));
    expect([await kept("meeting"), (await kept("outreach"))?.record]).toEqual([null, open]);
    // Another page has the same kind of form open: what it keeps is not of the form that was dropped.
    await store.write((tx) => dropDraft(tx, { form: "outreach", record: left }));
    expect((await kept("outreach"))?.record).toBe(open);
  });

  it("become records together with the form's, or not at all", async () => {
    const store = openStore();
    const [record, other] = [newRecordId(), newRecordId()];
    const ids = [await draft(store, record), await draft(store, record, NOW + 1)];
    await draft(store, other);
    const to = { record, partition: CAI_KHE };
    const work = (set: Record<string, string>) =>
      store.write((tx) => saveWithDrafts(tx, store.owner, [patrol(record, set)], to, moment()));
    await expect(work({ route: "x".repeat(10_000) })).rejects.toThrow();
    expect([await outboxNumbers(store), (await store.read((tx) => draftsOf(tx, record))).length]).toEqual([[], 2]);
    await work({ route: "Tuyến 1" });
    expect(await outboxNumbers(store)).toEqual([1, 2, 3]);
    expect((await store.read((tx) => photosBelow(tx, record))).map((row) => row.id).sort()).toEqual(ids.sort());
    expect((await store.read((tx) => rowsOf(tx, record))).map((row) => row.state)).toEqual(["pending", "pending"]);
    expect(await store.read((tx) => draftsOf(tx, record))).toEqual([]);
    expect(await store.read((tx) => draftsOf(tx, other))).toHaveLength(1);
  });

  it("may be dropped without a trace, which a saved one may not", async () => {
    const store = openStore();
    const id = await draft(store, newRecordId());
    await store.write((tx) => dropLoose(tx, id));
    expect([await rowOf(store, id), await fileBytes(store, id, "thumb")]).toEqual([undefined, null]);
    const { shots } = await patrolWithPhotos(store, [10]);
    await store.write((tx) => dropLoose(tx, shots[0]?.id ?? ""));
    expect(await rowOf(store, shots[0]?.id ?? "")).toMatchObject({ state: "pending" });
  });
});

describe("whose turn it is", () => {
  it("is nobody's before the receipt of the photo's record, then the oldest's (P23)", async () => {
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, [10, 20]);
    expect(await nextId(store)).toBeUndefined();
    await receiptAll(store);
    expect(await nextId(store)).toBe(shots[0]?.id);
  });

  it("is not that of a photo whose record is held, until it is released", async () => {
    const store = openStore();
    await patrolWithPhotos(store, [10]);
    await receiptAll(store, (n) => (n === 2 ? held(n) : accepted(n)));
    expect(await nextId(store)).toBeUndefined();
    await store.apply(answer({ seen_n: 2, held: [] }), AT);
    expect(await nextId(store)).toBeDefined();
  });

  it("is still that of a photo whose receipt was forgotten with its area (P19)", async () => {
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, [10]);
    await receiptAll(store);
    await store.apply(answer({ seen_n: 2, pull: { [CAI_KHE]: pulled() } }), AT);
    await store.apply(answer({ seen_n: 2, partitions: [] }), AT);
    expect(await fileBytes(store, shots[0]?.id ?? "")).toBe(10);
    expect(await nextId(store)).toBe(shots[0]?.id);
  });

  it("passes over a photo that is put off, and says when its time comes", async () => {
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, [10, 20]);
    await receiptAll(store);
    await store.write((tx) => advance(tx, shots[0]?.id ?? "", { not_before_ms: NOW + 5_000 }));
    expect(await nextId(store)).toBe(shots[1]?.id);
    await receive(store, shots[1]?.id ?? "");
    expect(await store.read((tx) => nextPhoto(tx, NOW))).toEqual({ row: null, nextMs: NOW + 5_000 });
    expect(await nextId(store, NOW + 5_000)).toBe(shots[0]?.id);
    await store.write(endWaits);
    expect(await nextId(store)).toBe(shots[0]?.id);
  });

  it("is not that of one that was refused, until a person wants it tried again", async () => {
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, [10]);
    const id = shots[0]?.id ?? "";
    await receiptAll(store);
    await store.write((tx) => advance(tx, id, { state: "refused", code: "photo-not-jpeg" }));
    expect([await nextId(store), await store.summary()]).toMatchObject([
      undefined,
      { waitingPhotos: 0, refusedPhotos: 1 },
    ]);
    await store.write((tx) => retryPhoto(tx, id));
    expect(await nextId(store)).toBe(id);
  });
});

describe("a record's photos", () => {
  it("are counted while some are missing, and not any more when all are received", async () => {
    const store = openStore();
    const { record, shots } = await patrolWithPhotos(store, [10, 20, 30]);
    const counts = async () => (await store.read(countByRecord)).get(record);
    expect(await counts()).toEqual({ done: 0, total: 3 });
    await receive(store, shots[0]?.id ?? "");
    await store.write((tx) => advance(tx, shots[1]?.id ?? "", { state: "refused", code: "photo-not-jpeg" }));
    expect(await counts()).toEqual({ done: 1, total: 3 });
    await store.write((tx) => retryPhoto(tx, shots[1]?.id ?? ""));
    for (const { id } of shots) await receive(store, id);
    expect(await counts()).toBeUndefined();
  });

  it("lose one that is removed with a reason, and its bytes a week later", async () => {
    const store = openStore();
    const { record, shots } = await patrolWithPhotos(store, [10, 20]);
    await receiptAll(store);
    const [gone, stays] = shots.map(({ id }) => id);
    const photo = await store.record(gone ?? "");
    if (!photo || !gone) throw new Error("no photo");
    await store.write((tx) => removePhoto(tx, store.owner, photo, "Chụp nhầm", moment()));
    expect((await store.batch(10, 1_000_000)).operations).toMatchObject([{ record: gone, set: { void: "Chụp nhầm" } }]);
    expect([await nextId(store), (await store.read(countByRecord)).get(record)]).toEqual([
      stays,
      { done: 0, total: 1 },
    ]);
    await store.write((tx) => settlePhotos(tx, NOW + DAY_MS));
    expect(await fileBytes(store, gone)).toBe(10);
    await store.write((tx) => settlePhotos(tx, LATER));
    expect([await fileBytes(store, gone), await fileBytes(store, gone, "thumb")]).toEqual([null, null]);
  });

  it("follow what others do: voided it leaves the queue, restored it comes back", async () => {
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, [10]);
    const id = shots[0]?.id ?? "";
    await receiptAll(store);
    const bring = (reason: string | null) => {
      const record = serverRecord(id, { sha256: shots[0]?.sha256 ?? "", void: reason }, { kind: "photo" });
      return store.apply(answer({ seen_n: 2, pull: { [CAI_KHE]: pulled({ records: [record] }) } }), AT);
    };
    await bring("Lộ mặt người dân");
    expect(await nextId(store)).toBeUndefined();
    await store.write((tx) => settlePhotos(tx, NOW));
    expect([(await rowOf(store, id))?.state, (await store.summary()).waitingPhotos]).toEqual(["removed", 0]);
    await bring(null);
    await store.write((tx) => settlePhotos(tx, NOW));
    expect([(await rowOf(store, id))?.state, await nextId(store)]).toEqual(["pending", id]);
  });
});

describe("the room that photos take", () => {
  it("is given back a week after the receipt; the thumbnail stays, and what waits stays whole", async () => {
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, [10, 20]);
    const [first = "", second = ""] = shots.map(({ id }) => id);
    await receive(store, first);
    await store.write((tx) => settlePhotos(tx, NOW + DAY_MS));
    expect(await fileBytes(store, first)).toBe(10);
    await store.write((tx) => settlePhotos(tx, LATER + 3_650 * DAY_MS));
    expect([await fileBytes(store, first), await fileBytes(store, first, "thumb")]).toEqual([null, 10]);
    expect([await fileBytes(store, second), (await rowOf(store, second))?.state]).toEqual([20, "pending"]);
  });

  it("is looked for among what is old enough, not in all that the server has", async () => {
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, [10, 20, 30]);
    for (const { id } of shots) await receive(store, id);
    const getAll = IDBIndex.prototype.getAll;
    let rows = 0;
    vi.spyOn(IDBIndex.prototype, "getAll").mockImplementation(function (this: IDBIndex, query, count) {
      const request = getAll.call(this, query as IDBKeyRange, count);
      request.addEventListener("success", () => {
        rows += request.result.length;
      });
      return request;
    });
    await store.write((tx) => settlePhotos(tx, NOW + DAY_MS));
    vi.restoreAllMocks();
    expect(rows).toBe(0);
  });

  it("is made from what the server has, and from nothing else", async () => {
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, [10, 20]);
    const [first = "", second = ""] = shots.map(({ id }) => id);
    expect(await store.write(makeRoom)).toBe(false);
    await receive(store, first);
    expect(await store.write(makeRoom)).toBe(true);
    expect([await fileBytes(store, first), await fileBytes(store, second)]).toEqual([null, 20]);
  });

  it("keeps every byte that waits through answers, lost areas and a restore of the server", async () => {
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, [10, 20]);
    await receiptAll(store);
    await receive(store, shots[0]?.id ?? "");
    await store.apply(answer({ epoch: "second", seen_n: 0 }), AT);
    await store.apply(answer({ epoch: "second", seen_n: 0, partitions: [] }), { ...AT, wallMs: LATER });
    await store.write((tx) => settlePhotos(tx, LATER));
    expect(await Promise.all(shots.map(({ id }) => fileBytes(store, id)))).toEqual([10, 20]);
    expect(await store.summary()).toMatchObject({ waitingPhotos: 2 });
  });
});

describe("a phone of the first version", () => {
  it("gets the place for photos and keeps its outbox", async () => {
    const device = newDevice();
    const old = await openDB(`diaban-${device}`, 1, { upgrade: createFirstVersion });
    await old.put("outbox", { n: 1, record: "r", operation: { n: 1 }, saved_ms: NOW });
    await old.put("meta", 2, "next_n");
    old.close();
    const store = openStore(device);
    expect(SCHEMA_VERSION).toBeGreaterThan(1);
    expect(await outboxNumbers(store)).toEqual([1]);
    await patrolWithPhotos(store, [10]);
    expect([await outboxNumbers(store), await store.summary()]).toMatchObject([[1, 2, 3], { waitingPhotos: 1 }]);
  });
});

/** As version 0.1.0 made it. */
function createFirstVersion(database: unknown): void {
  const db = database as DeviceDb;
  db.createObjectStore("meta");
  db.createObjectStore("outbox", { keyPath: "n" }).createIndex("record", "record");
  const receipted = db.createObjectStore("receipted", { keyPath: "n" });
  for (const name of ["record", "overlay", "receipted_ms"] as const) receipted.createIndex(name, name);
  db.createObjectStore("records", { keyPath: ["partition", "id"] }).createIndex("id", "id");
  db.createObjectStore("cursors", { keyPath: "partition" });
  db.createObjectStore("partitions", { keyPath: "id" });
  db.createObjectStore("held", { keyPath: "n" });
  db.createObjectStore("areas", { keyPath: "id" });
  const shown = db.createObjectStore("shown", { keyPath: "id" });
  shown.createIndex("listed", "listed_ms");
  shown.createIndex("kind_listed", ["kind", "listed_ms"]);
  shown.createIndex("parent", "parent");
  shown.createIndex("open_patrol", "open_patrol");
}
