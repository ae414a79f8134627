/** What a person decides on a phone: which heads an operation names, what waits for a choice, what is held. */
import { openDB } from "idb";
import { describe, expect, it } from "vitest";
import { openDecisions } from "../src/engine/decisions.ts";
import type { DeviceStore } from "../src/store/device-store.ts";
import { openPatrolSeen } from "../src/store/read.ts";
import type { ServerRecord } from "../src/sync/core/record.ts";
import type { Value } from "../src/sync/core/value.ts";
import {
  AT,
  answer,
  CAI_KHE,
  held,
  LAN,
  MINH,
  moment,
  NOW,
  newDevice,
  newRecordId,
  OTHER_DEVICE,
  openStore,
  patrol,
  pulled,
  serverRecord,
} from "./kit.ts";

const decisionsOf = (store: DeviceStore) => openDecisions(store, () => null);
const id = (n: number) => `${OTHER_DEVICE}.${n}.bbbbbbbb`;

/** A patrol of which others say several things: values by field, the shown one first, each by an operation of its own. */
function said(record: string, fields: Record<string, readonly Value[]>, seq = 1): ServerRecord {
  let n = 0;
  const heads = Object.entries(fields).map(([name, values]) => {
    return [name, values.map((value) => [value, id(++n)] as [Value, string])] as const;
  });
  const ids = heads.flatMap(([, list]) => list.map(([, one]) => one));
  return serverRecord(
    record,
    {},
    {
      seq,
      fields: Object.fromEntries(heads.map(([name, list]) => [name, list[0] ?? [null, ""]])),
      siblings: Object.fromEntries(heads.flatMap(([name, list]) => (list.length > 1 ? [[name, list.slice(1)]] : []))),
      stamps: Object.fromEntries(ids.map((one, at) => [one, [NOW - at, 0, NOW - at] as const])),
    },
  );
}

async function bring(store: DeviceStore, ...records: ServerRecord[]): Promise<void> {
  await store.apply(answer({ pull: { [CAI_KHE]: pulled({ records }) } }), AT);
}

async function lastOperation(store: DeviceStore) {
  const { operations } = await store.batch(100, Number.MAX_SAFE_INTEGER);
  return operations.at(-1);
}

describe("a decision on a conflict (P5, P11)", () => {
  it("names every head that was seen, and ends the conflict on this phone", async () => {
    const store = openStore();
    const record = newRecordId();
    await bring(store, said(record, { officers: [3, 4] }));
    expect(await store.record(record)).toMatchObject({ conflicts: ["officers"], undecided: 1, flags: ["conflict"] });
    const seen = (await decisionsOf(store).heads(record)).fields;
    await store.save([{ ...patrol(record, { officers: 4 }), decides: ["officers"], seen }], moment());
    expect((await lastOperation(store))?.prev).toEqual({ officers: [id(1), id(2)] });
    const row = await store.record(record);
    expect(row).toMatchObject({ conflicts: [], fields: { officers: 4 }, flags: [] });
    expect(row).not.toHaveProperty("undecided");
  });

  it("leaves open what came while somebody was deciding", async () => {
    const store = openStore();
    const record = newRecordId();
    await bring(store, said(record, { officers: [3, 4] }));
    const seen = (await decisionsOf(store).heads(record)).fields;
    await bring(store, said(record, { officers: [3, 4, 5] }, 2));
    await store.save([{ ...patrol(record, { officers: 4 }), decides: ["officers"], seen }], moment());
    expect((await lastOperation(store))?.prev).toEqual({ officers: [id(1), id(2)] });
    const heads = await decisionsOf(store).heads(record);
    const field = heads.fields.get("officers");
    expect([field?.shown.value, field?.siblings.map(({ value }) => value)]).toEqual([4, [5]]);
  });

  it("names with a head whoever said the same meanwhile (P9)", async () => {
    const store = openStore();
    const record = newRecordId();
    const twin = `${OTHER_DEVICE}.9.bbbbbbbb`;
    await bring(store, said(record, { officers: [3, 4] }));
    const seen = (await decisionsOf(store).heads(record)).fields;
    const both = said(record, { officers: [3, 4] }, 2);
    const siblings = { officers: [[4, id(2), twin] as const] };
    await bring(store, { ...both, siblings, stamps: { ...both.stamps, [twin]: [1, 0, 1] } });
    await store.save([{ ...patrol(record, { officers: 5 }), decides: ["officers"], seen }], moment());
    expect((await lastOperation(store))?.prev).toEqual({ officers: [id(1), id(2), twin] });
  });

  it("can be made of a record that this phone does not keep", async () => {
    const [there, here] = [openStore(), openStore()];
    const record = newRecordId();
    await bring(there, said(record, { officers: [3, 4] }));
    const seen = (await decisionsOf(there).heads(record)).fields;
    await here.save([{ ...patrol(record, { officers: 3 }), decides: ["officers"], seen }], moment());
    expect((await lastOperation(here))?.prev).toEqual({ officers: [id(1), id(2)] });
  });
});

describe("an ordinary edit", () => {
  it("replaces what its author saw, not what came while the form was open", async () => {
    const store = openStore();
    const record = newRecordId();
    await bring(store, said(record, { officers: [3], route: ["A"] }));
    const seen = (await decisionsOf(store).heads(record)).fields;
    const later = said(record, { route: ["A"] }, 2);
    const other = `${OTHER_DEVICE}.9.bbbbbbbb`;
    const fields = { ...later.fields, officers: [7, other] as const };
    await bring(store, { ...later, fields, stamps: { ...later.stamps, [other]: [NOW, 0, NOW] } });
    await store.save([{ ...patrol(record, { officers: 5 }), seen }], moment(NOW + 5));
    expect((await lastOperation(store))?.prev).toEqual({ officers: [id(1)] });
    expect(await store.record(record)).toMatchObject({ fields: { officers: 5 }, conflicts: ["officers"] });
  });
});

it("reads the open patrol together with the heads that its form is about", async () => {
  const store = openStore();
  const record = newRecordId();
  await store.save([patrol(record, { started_at: NOW, officers: 2 })], moment());
  const found = await store.read((tx) => openPatrolSeen(tx, store.owner));
  const { operations } = await store.batch(1, 1);
  const own = `${store.owner.device}.1.${operations[0]?.tag}`;
  expect([found?.row.id, found?.seen.get("officers")?.shown.ids]).toEqual([record, [own]]);
  await store.save([patrol(record, { ended_at: NOW })], moment());
  expect(await store.read((tx) => openPatrolSeen(tx, store.owner))).toBeNull();
});

describe("voiding and restoring (P10)", () => {
  it("sees what its author saw, siblings too, and nothing that came later", async () => {
    const store = openStore();
    const record = newRecordId();
    await bring(store, said(record, { officers: [3, 4], route: ["A"] }));
    const seen = (await decisionsOf(store).heads(record)).fields;
    await bring(store, said(record, { officers: [3, 4], route: ["A"], note: ["sau"] }, 2));
    await store.save([{ ...patrol(record, { void: "trùng" }), seen }], moment());
    expect(await lastOperation(store)).toMatchObject({ prev: {}, saw: [id(1), id(2), id(3)] });
    expect((await store.record(record))?.flags).toEqual(["conflict", "edited_while_void"]);
    expect((await decisionsOf(store).undecided(9)).map((row) => row.id)).toEqual([record]);
  });

  it("restores in one step: every reason that was seen is answered", async () => {
    const store = openStore();
    const record = newRecordId();
    const flags = ["conflict", "edited_while_void"];
    await bring(store, { ...said(record, { route: ["A"], void: ["trùng", "sai"] }), flags });
    expect(await store.record(record)).toMatchObject({ flags, undecided: 1 });
    const seen = (await decisionsOf(store).heads(record)).fields;
    await store.save([{ ...patrol(record, { void: null }), seen }], moment());
    expect(await lastOperation(store)).toMatchObject({ prev: { void: [id(2), id(3)] }, saw: [id(1)] });
    const row = await store.record(record);
    expect([row?.flags, row?.listed_ms !== undefined]).toEqual([[], true]);
  });
});

describe("what waits for a person", () => {
  it("is listed with who is known without a network, and goes with the decision", async () => {
    const store = openStore();
    const record = newRecordId();
    await bring(store, said(record, { officers: [3, 4] }), said(newRecordId(), { officers: [1] }));
    const decisions = decisionsOf(store);
    expect((await decisions.undecided(9)).map((row) => row.id)).toEqual([record]);
    const { people, isOnServer } = await decisions.heads(record);
    expect([people.get(OTHER_DEVICE), people.get(store.owner.device), isOnServer]).toEqual([MINH, LAN, true]);
    await bring(store, said(record, { officers: [4] }, 2));
    expect(await decisions.undecided(9)).toEqual([]);
  });

  it("has every held operation with its code and what it says", async () => {
    const store = openStore();
    const [one, other] = [newRecordId(), newRecordId()];
    await store.save([patrol(one, { officers: 3 }), patrol(other, { officers: 4 })], moment());
    const listed = [{ n: 1, code: "not-granted" }];
    await store.apply(answer({ receipts: [held(1)], held: listed, seen_n: 1 }), AT);
    const decisions = decisionsOf(store);
    expect(await decisions.held()).toEqual([
      { n: 1, record: one, kind: "patrol", set: { officers: 3 }, code: "not-granted", receivedMs: NOW },
    ]);
    expect(await decisions.held(other)).toEqual([]);
    expect((await decisions.unsent(9)).map((row) => row.id)).toEqual([other]);
  });

  it("has unsent records, those that were made void too", async () => {
    const store = openStore();
    const record = newRecordId();
    await store.save([patrol(record)], moment());
    await store.save([patrol(record, { void: "nhầm" })], moment());
    expect((await decisionsOf(store).unsent(9)).map((row) => [row.id, row.state])).toEqual([[record, "waiting"]]);
    expect(await store.list({ limit: 9 })).toEqual([]);
  });
});

it("finds after an update what waited on a phone before it", async () => {
  const device = newDevice();
  const shown = { kind: "patrol", flags: [], conflicts: [], changed_ms: 1, waiting_n: [], held_codes: [] };
  const old = await openDB(`diaban-${device}`, 2, {
    upgrade: (db) => {
      for (const name of ["meta", "outbox", "receipted", "records", "cursors", "partitions", "areas", "photos"])
        db.createObjectStore(name);
      for (const name of ["held", "photo_files"]) db.createObjectStore(name);
      db.createObjectStore("shown", { keyPath: "id" });
    },
  });
  await old.put("shown", { ...shown, id: "calm" });
  await old.put("shown", { ...shown, id: "torn", conflicts: ["officers"], flags: ["conflict"] });
  await old.put("shown", { ...shown, id: "void", flags: ["edited_while_void"], waiting_n: [1, 2] });
  old.close();
  const store = openStore(device);
  const found = await decisionsOf(store).undecided(9);
  expect(found.map((row) => row.id).sort()).toEqual(["torn", "void"]);
  expect(await store.read((tx) => tx.objectStore("shown").index("waiting").getAllKeys())).toEqual(["void"]);
});
