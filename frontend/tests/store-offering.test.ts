/** Offering a restored server again what it had receipted: what is offered, in which order, and what is shown meanwhile. */
import { describe, expect, it } from "vitest";
import type { DeviceStore } from "../src/store/device-store.ts";
import { unsentAfter } from "../src/store/unsent.ts";
import { DAY_MS } from "../src/sync/core/limits.ts";
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

const FIRST_PULL = { [CAI_KHE]: pulled() };
const NOTHING_NEW = { [CAI_KHE]: pulled({ cursor: "c2" }) };
const RESET = { [CAI_KHE]: pulled({ reset: true, cursor: null }) };

/** A phone with operations 1 to `count`, of a record each, all accepted and read back. */
async function settled(count: number, device = newDevice()) {
  const store = openStore(device);
  const ids = Array.from({ length: count }, newRecordId);
  for (const id of ids) await store.save([patrol(id, { route: id })], moment());
  const receipts = ids.map((_, at) => accepted(at + 1));
  const records = ids.map((id) => serverRecord(id, { route: id }));
  await store.apply(answer({ receipts, pull: { [CAI_KHE]: pulled({ records }) } }), AT);
  await store.apply(answer({ seen_n: count, pull: NOTHING_NEW }), AT);
  return { store, ids };
}

const restoredTo = (seen_n: number, parts: Parameters<typeof answer>[0] = {}) =>
  answer({ epoch: "second", seen_n, ...parts });

const numbersOf = async (store: DeviceStore, most: number) => {
  const { operations, left, isOffering } = await store.batch(most, Number.MAX_SAFE_INTEGER);
  return { numbers: operations.map(({ n }) => n), left, isOffering };
};

describe("what is offered again", () => {
  it("is a twin's own operation, though the other twin's has raised what the server has seen (A17, A18)", async () => {
    const { store } = await settled(1);
    await store.apply(restoredTo(1, { pull: RESET }), AT);
    expect(await outboxNumbers(store)).toEqual([1]);
  });

  it("is everything where a feed has lost its place, though `seen_n` rises under the same epoch (P17)", async () => {
    const { store } = await settled(2);
    await store.save([patrol(newRecordId())], moment());
    await store.apply(answer({ receipts: [accepted(3)], seen_n: 3, pull: RESET }), AT);
    expect(await outboxNumbers(store)).toEqual([1, 2]);
  });

  it("is nothing where the server has forgotten nothing", async () => {
    const { store } = await settled(2);
    await store.apply(answer({ seen_n: 2, pull: NOTHING_NEW }), AT);
    expect(await outboxNumbers(store)).toEqual([]);
  });

  it("goes on where it stood, and begins anew with the next restore", async () => {
    const { store } = await settled(3);
    await store.apply(restoredTo(0), AT);
    await store.apply(restoredTo(2, { receipts: [accepted(1), accepted(2)] }), AT);
    expect(await outboxNumbers(store)).toEqual([3]);
    await store.apply(answer({ epoch: "third", receipts: [accepted(3)], seen_n: 0 }), AT);
    expect(await outboxNumbers(store)).toEqual([1, 2]);
  });

  it("is still there after a month without a network", async () => {
    const { store } = await settled(1);
    const later = { wallMs: NOW + 31 * DAY_MS, offsetMs: 0 };
    await store.apply(restoredTo(0, { pull: RESET }), later);
    expect(await outboxNumbers(store)).toEqual([1]);
    await store.apply(restoredTo(1, { receipts: [accepted(1)], pull: FIRST_PULL }), later);
    await store.apply(restoredTo(0), later);
    expect(await outboxNumbers(store)).toEqual([1]);
  });
});

describe("when it is offered again", () => {
  it("is not the same for ever where old operations are gone from the phone", async () => {
    const store = openStore();
    const later = { wallMs: NOW + 31 * DAY_MS, offsetMs: 0 };
    const first = { [CAI_KHE]: pulled() };
    await store.save([patrol(newRecordId())], moment());
    await store.apply(answer({ receipts: [accepted(1)], pull: first }), AT);
    await store.apply(answer({ seen_n: 1, pull: first }), AT);
    await store.apply(answer({ seen_n: 1 }), later);
    await store.save([patrol(newRecordId())], moment());
    await store.apply(answer({ receipts: [accepted(2)], seen_n: 2 }), later);
    await store.apply(answer({ epoch: "second", seen_n: 0 }), later);
    expect(await outboxNumbers(store)).toEqual([2]);
    await store.apply(answer({ epoch: "second", receipts: [accepted(2)], seen_n: 0 }), later);
    await store.apply(answer({ epoch: "second", seen_n: 0 }), later);
    expect(await outboxNumbers(store)).toEqual([]);
  });

  it("is everything, once what the server has seen ends before an operation that it had receipted (P17)", async () => {
    const { store } = await settled(2);
    await store.save([patrol(newRecordId())], moment());
    // Rolled back twice, to where it had heard of the first one: the third goes with it the second time.
    await store.apply(answer({ receipts: [accepted(3)], seen_n: 1 }), AT);
    expect(await outboxNumbers(store)).toEqual([1, 2]);
    await store.apply(answer({ receipts: [accepted(1), accepted(2)], seen_n: 2 }), AT);
    expect(await outboxNumbers(store)).toContain(3);
    await store.apply(answer({ receipts: [accepted(1)], seen_n: 2 }), AT);
    expect(await outboxNumbers(store)).toEqual([2, 3]);
    await store.apply(answer({ receipts: [accepted(2), accepted(3)], seen_n: 3 }), AT);
    expect(await outboxNumbers(store)).toEqual([]);
  });
});

describe("the order in which it is offered", () => {
  it("waits behind what no server has ever had, and nothing is pulled before the last of it", async () => {
    const { store } = await settled(3);
    await store.apply(restoredTo(0), AT);
    await store.save([patrol(newRecordId())], moment());
    expect(await numbersOf(store, 1)).toEqual({ numbers: [4], left: 3, isOffering: true });
    expect(await numbersOf(store, 3)).toEqual({ numbers: [1, 2, 4], left: 1, isOffering: true });
    expect(await numbersOf(store, 4)).toEqual({ numbers: [1, 2, 3, 4], left: 0, isOffering: false });
  });

  it("is in the file of a phone that cannot send", async () => {
    const { store } = await settled(2);
    await store.apply(restoredTo(0), AT);
    await store.save([patrol(newRecordId())], moment());
    const numbers = async (n: number) => (await store.read((tx) => unsentAfter(tx, n))).map((each) => each.n);
    expect([await numbers(0), await numbers(1)]).toEqual([
      [1, 2, 3],
      [2, 3],
    ]);
  });
});

describe("what is shown meanwhile", () => {
  it("is what another has made of it since, not the old value on top", async () => {
    const { store, ids } = await settled(1);
    const now = serverRecord(ids[0] ?? "", { route: "của Minh" }, { seq: 2 });
    await store.apply(answer({ seen_n: 1, pull: { [CAI_KHE]: pulled({ records: [now], cursor: "c3" }) } }), AT);
    await store.apply(restoredTo(0, { pull: RESET }), AT);
    const shown = { fields: { route: "của Minh" }, conflicts: [], waiting_n: [] };
    expect(await store.record(ids[0] ?? "")).toMatchObject(shown);
    await store.apply(restoredTo(1, { receipts: [accepted(1)] }), AT);
    expect(await store.record(ids[0] ?? "")).toMatchObject(shown);
  });

  it("is the own value still, where the restored server's copy comes before it has heard of it (P30)", async () => {
    const store = openStore();
    const id = newRecordId();
    const pull = (route: string, cursor: string) => ({
      [CAI_KHE]: pulled({ records: [serverRecord(id, { route })], cursor }),
    });
    await store.apply(answer({ pull: pull("cũ", "c1") }), AT);
    await store.save([patrol(id, { route: "mới" })], moment());
    await store.apply(answer({ receipts: [accepted(1)] }), AT);
    await store.apply(restoredTo(0, { pull: pull("cũ", "c2") }), AT);
    expect(await store.record(id)).toMatchObject({ fields: { route: "mới" } });
    await store.apply(restoredTo(1, { receipts: [accepted(1)], pull: pull("đã gộp", "c3") }), AT);
    expect(await store.record(id)).toMatchObject({ fields: { route: "đã gộp" } });
  });

  it("stays held until the restored server has heard of it and says otherwise (P30)", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id)], moment());
    const listed = [{ n: 1, code: "not-granted" }];
    await store.apply(answer({ receipts: [held(1)], held: listed, pull: FIRST_PULL }), AT);
    await store.apply(restoredTo(0, { held: [], pull: RESET }), AT);
    expect((await store.record(id))?.held_codes).toEqual(["not-granted"]);
    await store.apply(restoredTo(1, { receipts: [held(1)], held: listed, pull: FIRST_PULL }), AT);
    expect((await store.record(id))?.held_codes).toEqual(["not-granted"]);
    await store.apply(restoredTo(1, { held: [], pull: NOTHING_NEW }), AT);
    expect(await store.record(id)).toBeNull();
  });

  it("is held where the restored server holds what was accepted", async () => {
    const { store, ids } = await settled(1);
    await store.apply(restoredTo(0), AT);
    const listed = [{ n: 1, code: "not-granted" }];
    await store.apply(restoredTo(1, { receipts: [held(1)], held: listed }), AT);
    expect(await store.record(ids[0] ?? "")).toMatchObject({ held_codes: ["not-granted"] });
  });

  it("is not what a person has closed", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id)], moment());
    const listed = [{ n: 1, code: "not-granted" }];
    await store.apply(answer({ receipts: [held(1)], held: listed, pull: FIRST_PULL }), AT);
    await store.apply(answer({ seen_n: 1, held: [], pull: NOTHING_NEW }), AT);
    expect(await store.record(id)).toBeNull();
    await store.apply(restoredTo(1), AT);
    await store.apply(restoredTo(1, { receipts: [held(1)], held: [] }), AT);
    expect(await store.record(id)).toBeNull();
    expect(await outboxNumbers(store)).toEqual([]);
  });
});
