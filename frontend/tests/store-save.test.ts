/** Saving: strict, gapless, whole or not at all, and naming what was seen. */
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  AT,
  accepted,
  answer,
  CAI_KHE,
  moment,
  NOW,
  newDevice,
  newRecordId,
  OTHER_DEVICE,
  openStore,
  outboxNumbers,
  patrol,
  pulled,
  serverRecord,
} from "./kit.ts";

afterEach(() => vi.restoreAllMocks());

/** So many transactions end as Chromium ends all of them once one write has failed on a full disk. */
function cutOff(times: number) {
  const begin = IDBDatabase.prototype.transaction;
  let left = times;
  return vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (this: IDBDatabase, ...given) {
    const tx = begin.apply(this, given);
    if (left-- > 0) queueMicrotask(() => tx.abort());
    return tx;
  });
}

describe("one save", () => {
  it("is one strict transaction", async () => {
    const store = openStore();
    await store.summary();
    const begin = vi.spyOn(IDBDatabase.prototype, "transaction");
    await store.save([patrol(newRecordId()), patrol(newRecordId())], moment());
    expect(begin.mock.calls.map(([, mode, options]) => [mode, options])).toEqual([
      ["readwrite", { durability: "strict" }],
    ]);
  });

  it("numbers operations without gaps, however many saves run at once", async () => {
    const store = openStore();
    const saves = Array.from({ length: 20 }, () => store.save([patrol(newRecordId())], moment()));
    expect(await Promise.all(saves)).toEqual(Array(20).fill("saved"));
    expect(await outboxNumbers(store)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  });

  it("shares the numbers between two tabs of one device (A18)", async () => {
    const device = newDevice();
    const tabs = [openStore(device), openStore(device)] as const;
    await Promise.all([0, 1, 0, 1, 0, 1].map((tab) => tabs[tab === 0 ? 0 : 1].save([patrol(newRecordId())], moment())));
    expect(await outboxNumbers(tabs[0])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("keeps two devices on one phone apart", async () => {
    const [lan, minh] = [openStore(), openStore()];
    await lan.save([patrol(newRecordId())], moment());
    expect(await outboxNumbers(minh)).toEqual([]);
  });

  it("keeps nothing of several records when one cannot be sent, and wastes no number", async () => {
    const store = openStore();
    const good = newRecordId();
    expect(await store.save([patrol(good), patrol(newRecordId(), { officers: 1.5 })], moment())).toBe("value-invalid");
    expect(await store.record(good)).toBeNull();
    await store.save([patrol(newRecordId())], moment());
    expect(await outboxNumbers(store)).toEqual([1]);
  });

  it("says so when storage is full, and keeps nothing", async () => {
    const store = openStore();
    const id = newRecordId();
    const full = vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    expect(await store.save([patrol(id)], moment())).toBe("storage-full");
    full.mockRestore();
    expect(await store.record(id)).toBeNull();
    expect(await outboxNumbers(store)).toEqual([]);
  });

  it("begins again when the browser has cut the transaction off, and saves once", async () => {
    const store = openStore();
    await store.summary();
    cutOff(1);
    expect(await store.save([patrol(newRecordId())], moment())).toBe("saved");
    expect(await outboxNumbers(store)).toEqual([1]);
  });

  it("does not begin again for ever, and keeps nothing then", async () => {
    const store = openStore();
    await store.summary();
    const begin = cutOff(Number.POSITIVE_INFINITY);
    await expect(store.save([patrol(newRecordId())], moment())).rejects.toMatchObject({ name: "AbortError" });
    expect(begin).toHaveBeenCalledTimes(3);
    begin.mockRestore();
    expect(await outboxNumbers(store)).toEqual([]);
  });

  it("opens again when the browser has dropped the connection, and saves once (A19)", async () => {
    const store = openStore();
    await store.summary();
    vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementationOnce(() => {
      throw new DOMException("closing", "InvalidStateError");
    });
    expect(await store.save([patrol(newRecordId())], moment())).toBe("saved");
    expect(await outboxNumbers(store)).toEqual([1]);
  });
});

describe("what an operation names", () => {
  it("names nothing when nothing was seen", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id, { route: "A", officers: 3 })], moment());
    const [operation] = (await store.batch(1, 1)).operations;
    expect(operation).toMatchObject({ n: 1, record: id, prev: {}, stamp: [NOW, 0], schema: 1 });
    expect(operation).not.toHaveProperty("saw");
  });

  it("names its own pending edit, with a stamp after it even when the clock goes back", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id, { route: "A" })], moment(NOW));
    await store.save([patrol(id, { route: "B" })], moment(NOW - 5_000));
    const { operations } = await store.batch(2, 1_000_000);
    expect(operations[1]?.prev).toEqual({ route: [`${store.owner.device}.1.${operations[0]?.tag}`] });
    expect(operations[1]?.stamp).toEqual([NOW, 1]);
  });

  it("names the shown head with all its ids, or every head when it decides a conflict", async () => {
    const store = openStore();
    const id = newRecordId();
    const [a, b, c] = [1, 2, 3].map((n) => `${OTHER_DEVICE}.${n}.bbbbbbbb`) as [string, string, string];
    const conflicted = serverRecord(
      id,
      {},
      {
        fields: { route: ["A", a, b] },
        siblings: { route: [["C", c]] },
        stamps: { [a]: [30, 0, 30], [b]: [20, 0, 20], [c]: [10, 0, 10] },
      },
    );
    await store.apply(answer({ pull: { [CAI_KHE]: pulled({ records: [conflicted] }) } }), AT);
    await store.save([patrol(id, { route: "D" })], moment());
    await store.save([{ ...patrol(id, { route: "E" }), decides: ["route"] }], moment());
    const { operations } = await store.batch(2, 1_000_000);
    const own = `${store.owner.device}.1.${operations[0]?.tag}`;
    expect(operations.map((operation) => operation.prev.route)).toEqual([
      [a, b],
      [own, c],
    ]);
  });
});

describe("what a voiding names", () => {
  it("voids with everything it saw, and later edits name the voiding", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id, { route: "A", officers: 2 })], moment());
    await store.save([patrol(id, { void: "Nhập nhầm" })], moment());
    await store.save([patrol(id, { route: "B" })], moment());
    const { operations } = await store.batch(3, 1_000_000);
    const [made, voided] = operations.map((one) => `${store.owner.device}.${one.n}.${one.tag}`);
    expect(operations[1]).toMatchObject({ prev: {}, saw: [made] });
    expect(operations[2]?.prev).toEqual({ route: [made], void: [voided] });
  });

  it("answers every reason for voiding that it saw, with a stamp after all of them", async () => {
    const store = openStore();
    const id = newRecordId();
    const [a, b] = [1, 2].map((n) => `${OTHER_DEVICE}.${n}.bbbbbbbb`) as [string, string];
    const stamps = { [a]: [1, 5, NOW + 9] as const, [b]: [2, 0, NOW + 9] as const };
    const record = serverRecord(id, {}, { fields: { void: ["x", b] }, siblings: { void: [["y", a]] }, stamps });
    await store.apply(answer({ pull: { [CAI_KHE]: pulled({ records: [record] }) } }), AT);
    await store.save([patrol(id, { void: null })], moment());
    const [operation] = (await store.batch(1, 1)).operations;
    expect(operation).toMatchObject({ prev: { void: [a, b] }, saw: [], stamp: [NOW + 9, 6] });
  });

  it("keeps the partition of the record's first operation, whatever the form thinks (P27)", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id)], moment());
    await store.save([patrol(id, { route: "B" }, newRecordId())], moment());
    const { operations } = await store.batch(2, 1_000_000);
    expect(operations.map((operation) => operation.partition)).toEqual([CAI_KHE, CAI_KHE]);
  });

  it("goes on after the numbers that the server has seen when the local store was lost", async () => {
    const store = openStore();
    await store.apply(answer({ seen_n: 41 }), AT);
    await store.save([patrol(newRecordId())], moment());
    expect(await outboxNumbers(store)).toEqual([42]);
    await store.apply(answer({ receipts: [accepted(42)] }), AT);
    expect(await outboxNumbers(store)).toEqual([]);
  });
});
