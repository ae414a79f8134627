/** Rows are sealed on the disk: nothing that somebody wrote can be read there, changed there, or moved there. */
import { openDB } from "idb";
import { describe, expect, it } from "vitest";
import {
  importDataKey,
  type LockedPair,
  lockedCipher,
  newDataKey,
  newPair,
  openCipher,
  unlocked,
} from "../src/keys/data-key.ts";
import { keepDraft, readDraft } from "../src/store/drafts.ts";
import type { RowCipher } from "../src/store/sealed/cipher.ts";
import { SEALED_STORES } from "../src/store/sealed/contents.ts";
import { keepPoints } from "../src/store/tracks.ts";
import {
  AT,
  accepted,
  answer,
  CAI_KHE,
  moment,
  NOW,
  newDevice,
  newRecordId,
  openStore,
  patrol,
  pulled,
  serverRecord,
} from "./kit.ts";

const WORD = "chữ-không-được-lộ";
const LATITUDE = 10_048_697;
/** Anything but text that ends at a NUL. */
const BYTES = new TextEncoder().encode(WORD);

interface Keys {
  readonly open: RowCipher;
  readonly locked: () => RowCipher;
}

async function makeKeys(): Promise<Keys> {
  const key = await importDataKey(newDataKey());
  const pair: LockedPair = await newPair(key);
  return { open: openCipher(new Map([[1, await unlocked(key, pair)]])), locked: () => lockedCipher(1, pair) };
}

type RawRow = Record<string, unknown> & { sealed: ArrayBuffer };

async function raw<T>(device: string, work: (db: Awaited<ReturnType<typeof openDB>>) => Promise<T>): Promise<T> {
  const db = await openDB(`diaban-${device}`);
  try {
    return await work(db);
  } finally {
    db.close();
  }
}

/** Everything of the database as one text, bytes as they stand. */
async function everythingOf(device: string): Promise<string> {
  return await raw(device, async (db) => {
    const texts: string[] = [];
    for (const name of db.objectStoreNames) {
      const rows = [...(await db.getAll(name)), ...(await db.getAllKeys(name))];
      texts.push(JSON.stringify(rows, (_, value) => (value instanceof ArrayBuffer ? latin1(value) : value)));
    }
    return texts.join();
  });
}

const latin1 = (bytes: ArrayBuffer) => String.fromCharCode(...new Uint8Array(bytes));

/** A phone that has written into every store that is sealed. */
async function written(cipher: RowCipher | null, device = newDevice()) {
  const store = openStore(device, cipher);
  const [own, sent] = [newRecordId(), newRecordId()];
  await store.save([patrol(sent, { route: WORD })], moment());
  const theirs = pulled({ records: [serverRecord(newRecordId(), { route: WORD })] });
  await store.apply(answer({ receipts: [accepted(1)], pull: { [CAI_KHE]: theirs } }), AT);
  await store.save([patrol(own, { route: WORD })], moment());
  const opened = { fields: { route: WORD }, seen: new Map([["route", { shown: WORD, siblings: [] }]]) };
  const draft = {
    form: "patrol",
    record: own,
    kind: "patrol",
    typed: [["route", WORD]] as const,
    saved_ms: NOW,
    opened,
  };
  await store.writeDrafts((tx) => keepDraft(tx, draft));
  await store.write(async (tx) => void (await tx.objectStore("photo_files").add(BYTES.slice().buffer, ["p", "full"])));
  const point = { at_ms: NOW, lat_e6: LATITUDE, lon_e6: 105_746_000, accuracy_m: 8 };
  await store.writeTrack((tx) => keepPoints(tx, own, [point]));
  return { store, device, own, draft };
}

describe("a sealed store", () => {
  it("has nothing on its disk that somebody wrote, and everything for whoever has the key", async () => {
    const { open } = await makeKeys();
    const { store, device, own, draft } = await written(open);
    const all = await everythingOf(device);
    expect(all).not.toContain(WORD);
    expect(all).not.toContain(String(LATITUDE));
    expect(all).not.toContain(latin1(BYTES.slice().buffer));
    expect((await store.record(own))?.fields.route).toBe(WORD);
    expect((await store.list({ text: "chu-khong", limit: 9 })).length).toBe(3);
    expect(await store.read((tx) => readDraft(tx, "patrol"))).toEqual(draft);
    const file = await store.read((tx) => tx.objectStore("photo_files").get(["p", "full"]));
    expect(new TextDecoder().decode(file)).toBe(WORD);
  });

  it("was written to in every store that is sealed, or the test above would show nothing", async () => {
    const { device } = await written(null);
    await raw(device, async (db) => {
      for (const name of SEALED_STORES) expect(await db.count(name), name).toBeGreaterThan(0);
    });
    const all = await everythingOf(device);
    expect(all).toContain(WORD);
    expect(all).toContain(String(LATITUDE));
  });

  it("gives nothing to another key", async () => {
    const { store, device, own } = await written((await makeKeys()).open);
    await store.close();
    const other = openStore(device, (await makeKeys()).open);
    await expect(other.record(own)).rejects.toMatchObject({ code: "row-damaged" });
  });

  it("refuses a row of which one bit was changed, wherever it stands", async () => {
    const { open } = await makeKeys();
    const { store, device, own } = await written(open);
    const row = await raw(device, async (db) => (await db.get("shown", own)) as RawRow);
    for (const at of [0, 1, 2, 13, 14, row.sealed.byteLength - 1]) {
      const bytes = new Uint8Array(row.sealed.slice(0));
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await raw(device, async (db) => await db.put("shown", { ...row, sealed: bytes.buffer }));
      await expect(store.record(own), `byte ${at}`).rejects.toMatchObject({ code: "row-damaged" });
    }
    await raw(device, async (db) => await db.put("shown", row));
    expect((await store.record(own))?.fields.route).toBe(WORD);
  });

  it("refuses a row that was moved to another place, or to another phone's store", async () => {
    const { open } = await makeKeys();
    const { store, device, own } = await written(open);
    const row = await raw(device, async (db) => (await db.get("shown", own)) as RawRow);
    const moved = newRecordId();
    await raw(device, async (db) => await db.put("shown", { ...row, id: moved }));
    await expect(store.record(moved)).rejects.toMatchObject({ code: "row-damaged" });
    const { store: other, device: place } = await written(open);
    await raw(place, async (db) => await db.put("shown", row));
    await expect(other.record(own)).rejects.toMatchObject({ code: "row-damaged" });
  });
});

describe("a row that does not open", () => {
  it("keeps no other from being shown and sent, and is told of", async () => {
    const { open } = await makeKeys();
    let told = 0;
    const onDamaged = () => {
      told += 1;
    };
    const { store, device, own } = await written({ ...open, onDamaged });
    const other = newRecordId();
    await store.save([patrol(other, { route: WORD })], moment());
    for (const [name, key] of [["shown", own] as const, ["outbox", 2] as const]) {
      const row = await raw(device, async (db) => (await db.get(name, key)) as RawRow);
      const bytes = new Uint8Array(row.sealed.slice(0));
      bytes[20] = (bytes[20] ?? 0) ^ 1;
      await raw(device, async (db) => await db.put(name, { ...row, sealed: bytes.buffer }));
    }
    const batch = await store.batch(9, 1e6);
    expect(batch.operations.map(({ n }) => n)).toEqual([3]);
    expect(batch.left).toBe(0);
    expect((await store.children("nobody")).length).toBe(0);
    expect(await store.read((tx) => tx.objectStore("shown").getAll())).toHaveLength(3);
    expect(told).toBeGreaterThan(0);
    expect((await store.list({ text: "chu-khong", limit: 9 })).map(({ id }) => id)).toContain(other);
  });
});

describe("a transaction over sealed rows", () => {
  it("shows a transaction what it has just put, and forgets what it deleted", async () => {
    const { open } = await makeKeys();
    const { store, own } = await written(open);
    await store.write(async (tx) => {
      const shown = tx.objectStore("shown");
      const row = await shown.get(own);
      if (!row) throw new Error("not there");
      await shown.put({ ...row, fields: { route: "khác" } });
      expect((await shown.get(own))?.fields.route).toBe("khác");
      expect((await shown.index("listed").getAll()).find(({ id }) => id === own)?.fields.route).toBe("khác");
      await shown.delete(own);
      expect(await shown.get(own)).toBeUndefined();
    });
    expect(await store.record(own)).toBeNull();
  });

  it("keeps nothing of a transaction that fails after it has put rows", async () => {
    const { open } = await makeKeys();
    const { store, own } = await written(open);
    const failing = store.write(async (tx) => {
      const row = await tx.objectStore("shown").get(own);
      if (row) await tx.objectStore("shown").put({ ...row, fields: {} });
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    expect((await store.record(own))?.fields.route).toBe(WORD);
  });

  it("reads rows from before rows were sealed", async () => {
    const { store, device, own } = await written(null);
    await store.close();
    const sealed = openStore(device, (await makeKeys()).open);
    expect((await sealed.record(own))?.fields.route).toBe(WORD);
  });
});

describe("a locked store", () => {
  it("takes what is recorded, counts it, and opens nothing", async () => {
    const keys = await makeKeys();
    const { store, device, own } = await written(keys.open);
    await store.close();
    const locked = openStore(device, keys.locked());
    const id = newRecordId();
    expect(await locked.save([patrol(id, { route: WORD })], moment(NOW + 1))).toBe("saved");
    expect((await locked.summary()).waitingRecords).toBe(2);
    await expect(locked.record(own)).rejects.toMatchObject({ code: "locked" });
    expect((await locked.record(id))?.fields.route).toBe(WORD);
    expect(await everythingOf(device)).not.toContain(WORD);
    await locked.close();

    const again = openStore(device, keys.locked());
    await expect(again.record(id)).rejects.toMatchObject({ code: "locked" });
    await again.close();

    const opened = openStore(device, keys.open);
    const { operations } = await opened.batch(9, 1e6);
    expect(operations.map(({ n, set }) => [n, set])).toEqual([
      [2, { route: WORD }],
      [3, { route: WORD }],
    ]);
    expect((await opened.record(id))?.fields.route).toBe(WORD);
  });
});
