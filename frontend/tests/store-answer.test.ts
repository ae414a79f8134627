/** Taking in answers: receipts, overlays, first pulls, areas that come and go, servers that forget. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { DAY_MS } from "../src/sync/core/limits.ts";
import { overlay } from "../src/sync/core/overlay.ts";
import {
  AT,
  accepted,
  answer,
  CAI_KHE,
  held,
  LAN,
  moment,
  NOW,
  newRecordId,
  OTHER_DEVICE,
  openStore,
  outboxNumbers,
  PHONG_DIEN,
  patrol,
  pulled,
  serverRecord,
} from "./kit.ts";

afterEach(() => vi.restoreAllMocks());

const routeOf = async (store: ReturnType<typeof openStore>, id: string) => (await store.record(id))?.fields.route;

describe("receipts", () => {
  it("leave the outbox only together with being stored (A5)", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id)], moment());
    const put = IDBObjectStore.prototype.put;
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, value, key) {
      if (this.name === "cursors") throw new DOMException("full", "QuotaExceededError");
      return put.call(this, value, key);
    });
    const given = answer({ receipts: [accepted(1)], pull: { [CAI_KHE]: pulled() } });
    await expect(store.apply(given, AT)).rejects.toThrow();
    vi.restoreAllMocks();
    expect(await outboxNumbers(store)).toEqual([1]);
    await store.apply(given, AT);
    expect(await outboxNumbers(store)).toEqual([]);
  });

  it("do not make the edit flicker before its record has come (P30)", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.apply(answer({ pull: { [CAI_KHE]: pulled({ records: [serverRecord(id, { route: "cũ" })] }) } }), AT);
    await store.save([patrol(id, { route: "mới" })], moment());
    await store.apply(answer({ receipts: [accepted(1)] }), AT);
    expect(await store.record(id)).toMatchObject({ fields: { route: "mới" }, waiting_n: [], conflicts: [] });
    const now = serverRecord(id, { route: "do máy chủ gộp" }, { seq: 2 });
    await store.apply(answer({ pull: { [CAI_KHE]: pulled({ records: [now], cursor: "c2" }) }, seen_n: 1 }), AT);
    expect(await routeOf(store, id)).toBe("do máy chủ gộp");
  });

  it("may come twice", async () => {
    const store = openStore();
    await store.save([patrol(newRecordId())], moment());
    await store.apply(answer({ receipts: [accepted(1)] }), AT);
    await store.apply(answer({ receipts: [accepted(1)] }), AT);
    expect(await outboxNumbers(store)).toEqual([]);
  });
});

describe("a pull during a pending push (A6)", () => {
  it("keeps the own edit on top and the other's value beside it", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id, { route: "của tôi" })], moment(NOW - DAY_MS));
    await store.apply(
      answer({ pull: { [CAI_KHE]: pulled({ records: [serverRecord(id, { route: "của Minh" })] }) } }),
      AT,
    );
    expect(await store.record(id)).toMatchObject({
      fields: { route: "của tôi" },
      conflicts: ["route"],
      waiting_n: [1],
    });
  });
});

describe("held operations", () => {
  it("stay on top after their release until the record's own copy has come (P30)", async () => {
    const store = openStore();
    const id = newRecordId();
    const first = pulled({ records: [serverRecord(id, { route: "cũ" })] });
    await store.apply(answer({ pull: { [CAI_KHE]: first } }), AT);
    await store.save([patrol(id, { route: "mới" })], moment());
    await store.apply(answer({ receipts: [held(1)], held: [{ n: 1, code: "not-granted" }], seen_n: 1 }), AT);
    await store.apply(answer({ held: [], seen_n: 1, pull: { [CAI_KHE]: pulled({ more: true }) } }), AT);
    expect(await store.record(id)).toMatchObject({ held_codes: [], fields: { route: "mới" } });
  });

  it("stay visible with their code until the server no longer lists them", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id)], moment());
    const first = pulled({ cursor: "c1" });
    await store.apply(
      answer({ receipts: [held(1)], held: [{ n: 1, code: "not-granted" }], pull: { [CAI_KHE]: first } }),
      AT,
    );
    expect(await store.record(id)).toMatchObject({ held_codes: ["not-granted"], fields: { route: "Tuyến 1" } });
    expect((await store.summary()).heldRecords).toBe(1);
    await store.apply(answer({ held: [{ n: 1, code: "schema-newer" }], seen_n: 1 }), AT);
    expect((await store.record(id))?.held_codes).toEqual(["schema-newer"]);
    await store.apply(answer({ held: [], seen_n: 1, pull: { [CAI_KHE]: pulled() } }), AT);
    expect(await store.record(id)).toBeNull();
    expect((await store.summary()).heldRecords).toBe(0);
  });
});

describe("numbers that the server holds", () => {
  const isHeld = async (store: ReturnType<typeof openStore>, id: string) => (await store.record(id))?.held_codes;

  it("do not make a forked operation of the one that was accepted first (P14, A18)", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id)], moment());
    await store.apply(answer({ receipts: [accepted(1)], held: [{ n: 1, code: "forked" }], seen_n: 1 }), AT);
    expect(await isHeld(store, id)).toEqual([]);
  });

  it("tell a forked operation from the twin's that is held for another reason", async () => {
    const twin = { n: 1, code: "not-granted" };
    const [first, forked] = [openStore(), openStore()];
    const [firstId, forkedId] = [newRecordId(), newRecordId()];
    await first.save([patrol(firstId)], moment());
    await forked.save([patrol(forkedId)], moment());
    const both = { held: [twin, { n: 1, code: "forked" }], seen_n: 1 };
    await first.apply(answer({ ...both, receipts: [held(1)] }), AT);
    await forked.apply(answer({ ...both, receipts: [held(1, "forked")] }), AT);
    expect([await isHeld(first, firstId), await isHeld(forked, forkedId)]).toEqual([["not-granted"], ["forked"]]);
    await forked.apply(answer({ held: [twin], seen_n: 1 }), AT);
    expect(await isHeld(forked, forkedId)).toEqual([]);
  });

  it("are shown as held though they were accepted, and read back, long ago (P30, A17)", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id)], moment());
    const records = [serverRecord(id, { route: "Tuyến 1" })];
    await store.apply(answer({ receipts: [accepted(1)], pull: { [CAI_KHE]: pulled({ records }) } }), AT);
    const listed = { held: [{ n: 1, code: "not-granted" }], seen_n: 1 };
    await store.apply(answer({ ...listed, epoch: "second", partitions: [] }), AT);
    expect(await isHeld(store, id)).toEqual(["not-granted"]);
  });
});

describe("a first pull", () => {
  it("is not complete before its last page (A16), and goes on from its cursor", async () => {
    const store = openStore();
    await store.apply(answer(), AT);
    const page = [serverRecord(newRecordId(), {}), serverRecord(newRecordId(), {})];
    await store.apply(answer({ pull: { [CAI_KHE]: pulled({ records: page, more: true, cursor: "half" }) } }), AT);
    expect((await store.summary()).cursors).toMatchObject([{ cursor: "half", complete: false, brought: 2 }]);
    await store.apply(answer({ pull: { [CAI_KHE]: pulled({ cursor: "end" }) } }), AT);
    expect((await store.summary()).cursors).toMatchObject([{ cursor: "end", complete: true }]);
  });
});

describe("areas that come and go", () => {
  it("deletes what is no longer listed, except operations without a receipt (P19)", async () => {
    const store = openStore();
    const [theirs, mine] = [newRecordId(), newRecordId()];
    await store.apply(answer({ pull: { [CAI_KHE]: pulled({ records: [serverRecord(theirs, { route: "A" })] }) } }), AT);
    await store.save([patrol(mine)], moment());
    await store.apply(answer({ partitions: [PHONG_DIEN] }), AT);
    expect(await store.record(theirs)).toBeNull();
    expect(await store.record(mine)).not.toBeNull();
    expect(await outboxNumbers(store)).toEqual([1]);
    expect((await store.summary()).cursors).toEqual([]);
  });

  it("keeps what is held there, and forgets what was accepted", async () => {
    const store = openStore();
    const [mine, sent] = [newRecordId(), newRecordId()];
    await store.save([patrol(mine), patrol(sent)], moment());
    const listed = { held: [{ n: 1, code: "not-granted" }], seen_n: 2 };
    await store.apply(answer({ ...listed, receipts: [held(1), accepted(2)], pull: { [CAI_KHE]: pulled() } }), AT);
    await store.apply(answer({ ...listed, partitions: [] }), AT);
    expect(await store.record(mine)).toMatchObject({ held_codes: ["not-granted"] });
    expect(await store.record(sent)).toBeNull();
  });

  it("keeps own operations whose records went to another area, to offer them again (P20, P27)", async () => {
    const store = openStore();
    const [moved, stayed] = [newRecordId(), newRecordId()];
    await store.save([patrol(moved), patrol(stayed)], moment());
    const records = [moved, stayed].map((id) => serverRecord(id, { route: "A" }));
    await store.apply(answer({ receipts: [accepted(1), accepted(2)], pull: { [CAI_KHE]: pulled({ records }) } }), AT);
    const merged = { partitions: [PHONG_DIEN], seen_n: 2 };
    await store.apply(answer(merged), AT);
    expect([await store.record(moved), await store.record(stayed)]).toEqual([null, null]);
    const there = [serverRecord(moved, { route: "A" }, { partition: PHONG_DIEN, seq: 9 })];
    await store.apply(answer({ ...merged, pull: { [PHONG_DIEN]: pulled({ records: there }) } }), AT);
    expect(await store.record(moved)).toMatchObject({ partition: PHONG_DIEN, waiting_n: [] });
    await store.apply(answer({ epoch: "second", seen_n: 0 }), AT);
    expect(await outboxNumbers(store)).toEqual([1]);
  });

  it("keeps nothing accepted of an area whose right was lost (P19)", async () => {
    const store = openStore();
    await store.save([patrol(newRecordId())], moment());
    await store.apply(answer({ receipts: [accepted(1)], pull: { [CAI_KHE]: pulled() } }), AT);
    const left = { partitions: [PHONG_DIEN], seen_n: 1 };
    await store.apply(answer({ ...left, pull: { [PHONG_DIEN]: pulled({ more: true }) } }), AT);
    await store.apply(answer({ ...left, pull: { [PHONG_DIEN]: pulled() } }), AT);
    expect(await store.read((tx) => tx.objectStore("receipted").count())).toBe(0);
  });

  it("removes only the old copy of a record that has moved (P17)", async () => {
    const store = openStore();
    const id = newRecordId();
    const both = { partitions: [CAI_KHE, PHONG_DIEN] };
    const there = serverRecord(id, { route: "mới" }, { partition: PHONG_DIEN, seq: 9 });
    await store.apply(
      answer({ ...both, pull: { [CAI_KHE]: pulled({ records: [serverRecord(id, { route: "cũ" })] }) } }),
      AT,
    );
    await store.apply(answer({ ...both, pull: { [PHONG_DIEN]: pulled({ records: [there] }) } }), AT);
    const gone = { id, seq: 2, moved: true } as const;
    await store.apply(answer({ ...both, pull: { [CAI_KHE]: pulled({ records: [gone] }) } }), AT);
    expect(await store.record(id)).toMatchObject({ partition: PHONG_DIEN, fields: { route: "mới" } });
  });
});

describe("a server restored from a backup (A17)", () => {
  async function restored() {
    const store = openStore();
    const [kept, lost, theirs] = [newRecordId(), newRecordId(), newRecordId()];
    await store.save([patrol(kept)], moment());
    await store.save([patrol(lost)], moment());
    const records = [serverRecord(kept, { route: "A" }), serverRecord(lost, { route: "B" }), serverRecord(theirs, {})];
    await store.apply(answer({ receipts: [accepted(1), accepted(2)], pull: { [CAI_KHE]: pulled({ records }) } }), AT);
    await store.apply(
      answer({ epoch: "second", seen_n: 1, pull: { [CAI_KHE]: pulled({ reset: true, cursor: null }) } }),
      AT,
    );
    return { store, kept, lost, theirs };
  }

  it("is offered again all that is still kept, whatever number it says that it has seen", async () => {
    const { store, theirs } = await restored();
    expect(await outboxNumbers(store)).toEqual([1, 2]);
    expect((await store.summary()).cursors).toMatchObject([{ cursor: null, complete: false }]);
    expect(await store.record(theirs)).not.toBeNull();
  });

  it("loses the copies that its first pull does not bring, but not the operations offered again", async () => {
    const { store, kept, lost, theirs } = await restored();
    expect(await store.record(lost)).toMatchObject({ fields: { route: "B" }, waiting_n: [] });
    const page = pulled({ records: [kept, lost].map((id) => serverRecord(id, { route: id })), cursor: "new" });
    const receipts = [accepted(1), accepted(2)];
    await store.apply(answer({ epoch: "second", receipts, seen_n: 2, pull: { [CAI_KHE]: page } }), AT);
    expect(await store.record(theirs)).toBeNull();
    expect(await routeOf(store, kept)).toBe(kept);
    expect(await routeOf(store, lost)).toBe(lost);
  });

  it("counts as restored when it has seen less than before under the same epoch", async () => {
    const store = openStore();
    await store.save([patrol(newRecordId())], moment());
    await store.apply(answer({ receipts: [accepted(1)], seen_n: 1 }), AT);
    await store.apply(answer({ seen_n: 0 }), AT);
    expect(await outboxNumbers(store)).toEqual([1]);
  });

  it("may ask for thirty days, then the phone forgets", async () => {
    const store = openStore();
    await store.save([patrol(newRecordId())], moment());
    const first = { [CAI_KHE]: pulled() };
    await store.apply(answer({ receipts: [accepted(1)], pull: first }), AT);
    await store.apply(answer({ seen_n: 1, pull: first }), AT);
    await store.apply(answer({ seen_n: 1 }), { wallMs: NOW + 31 * DAY_MS, offsetMs: 0 });
    await store.apply(answer({ seen_n: 0 }), { wallMs: NOW + 31 * DAY_MS, offsetMs: 0 });
    expect(await outboxNumbers(store)).toEqual([]);
  });

  it("may ask for thirty days where the phone's clock was wrong when the receipts came", async () => {
    const store = openStore();
    await store.save([patrol(newRecordId())], moment());
    const first = { [CAI_KHE]: pulled() };
    await store.apply(answer({ receipts: [accepted(1)], pull: first }), { wallMs: 1_000, offsetMs: NOW - 1_000 });
    await store.apply(answer({ seen_n: 1, pull: first }), AT);
    await store.apply(answer({ seen_n: 0 }), AT);
    expect(await outboxNumbers(store)).toEqual([1]);
  });
});

describe("a decision about a record that this phone does not keep", () => {
  const theirs = () => {
    const id = newRecordId();
    const sibling = `${OTHER_DEVICE}.9.cccccccc`;
    const record = serverRecord(id, { started_at: NOW - 5_000 });
    const siblings = { started_at: [[NOW - 9_000, sibling] as const] };
    return { id, seen: overlay("", { ...record, siblings }, []) };
  };

  it("makes no record of one's own, and is sent", async () => {
    const store = openStore();
    const { id, seen } = theirs();
    const decision = { ...patrol(id, { started_at: NOW - 5_000 }), decides: ["started_at"], seen };
    await store.save([decision], moment());
    expect(await store.openPatrol()).toBeNull();
    expect(await store.list({ own: true, limit: 9 })).toEqual([]);
    expect(await store.record(id)).toMatchObject({ author: { id: "" }, waiting: 1 });
    expect(await outboxNumbers(store)).toEqual([1]);
  });

  it("leaves what was made here one's own, edits too", async () => {
    const store = openStore();
    const id = newRecordId();
    await store.save([patrol(id, { started_at: NOW })], moment());
    await store.save([patrol(id, { started_at: NOW + 1 })], moment());
    expect((await store.openPatrol())?.author).toEqual(LAN);
    expect((await store.list({ own: true, limit: 9 })).map((row) => row.id)).toEqual([id]);
  });
});

describe("lists", () => {
  it("are bounded, newest first, without what is void, and find text without tones", async () => {
    const store = openStore();
    const routes = ["Ấp Đông", "Cầu Cái Khế", "Bến Ninh Kiều"];
    const ids = routes.map(() => newRecordId());
    for (const [at, id] of ids.entries()) {
      await store.save([patrol(id, { route: routes[at] ?? "", started_at: NOW + at, ended_at: NOW + at })], moment());
    }
    const found = async (query: object) => (await store.list({ limit: 2, ...query })).map((row) => row.fields.route);
    expect(await found({})).toEqual([routes[2], routes[1]]);
    expect(await found({ kinds: ["meeting", "patrol"] })).toEqual([routes[2], routes[1]]);
    expect(await found({ text: "ap  DONG" })).toEqual([routes[0]]);
    expect(await found({ text: "khe", kinds: ["patrol"] })).toEqual([routes[1]]);
    await store.save([patrol(ids[2] ?? "", { void: "nhầm" })], moment());
    expect(await found({})).toEqual([routes[1], routes[0]]);
  });

  it("finds the own open patrol, and the children of a record", async () => {
    const store = openStore();
    const [open, incident] = [newRecordId(), newRecordId()];
    const child = { record: incident, kind: "incident", partition: CAI_KHE, set: { parent: open, cases: 1 } };
    await store.save([patrol(open, { started_at: NOW }), child], moment());
    expect((await store.openPatrol())?.id).toBe(open);
    expect((await store.children(open)).map((row) => row.id)).toEqual([incident]);
    await store.save([patrol(open, { ended_at: NOW + 1 })], moment());
    expect(await store.openPatrol()).toBeNull();
  });
});
