/** What taking in an answer costs: it follows what the answer changes, not how long a phone has been in use. */
import { afterEach, expect, it, vi } from "vitest";
import type { DeviceStore } from "../src/store/device-store.ts";
import {
  AT,
  accepted,
  answer,
  CAI_KHE,
  held,
  moment,
  newRecordId,
  openStore,
  PHONG_DIEN,
  patrol,
  pulled,
  serverRecord,
} from "./kit.ts";

const HISTORY = 300;
/** A few small rows that every answer looks at: areas, cursors. */
const ROWS_MAX = 30;

afterEach(() => vi.restoreAllMocks());

/** Rows that come out of the database while `work` runs. */
async function rowsRead(work: () => Promise<unknown>): Promise<number> {
  let rows = 0;
  for (const type of [IDBObjectStore, IDBIndex]) {
    const getAll = type.prototype.getAll;
    vi.spyOn(type.prototype, "getAll").mockImplementation(function (this: IDBObjectStore & IDBIndex, query, count) {
      const request: IDBRequest<unknown[]> = getAll.call(this, query as IDBKeyRange, count);
      request.addEventListener("success", () => {
        rows += request.result.length;
      });
      return request;
    });
  }
  await work();
  return rows;
}

async function saved(): Promise<{ store: DeviceStore; ids: string[] }> {
  const store = openStore();
  const ids = Array.from({ length: HISTORY }, newRecordId);
  await store.save(
    ids.map((id) => patrol(id)),
    moment(),
  );
  return { store, ids };
}

/** All of it accepted and read back. */
async function settled(): Promise<DeviceStore> {
  const { store, ids } = await saved();
  const records = ids.map((id) => serverRecord(id, { route: "A" }));
  const receipts = ids.map((_, at) => accepted(at + 1));
  await store.apply(answer({ receipts, pull: { [CAI_KHE]: pulled({ records }) } }), AT);
  return store;
}

it("is nothing of the history where an answer says nothing new", async () => {
  const store = await settled();
  const calm = answer({ seen_n: HISTORY, pull: { [CAI_KHE]: pulled({ cursor: "c2" }) } });
  expect(await rowsRead(() => store.apply(calm, AT))).toBeLessThan(ROWS_MAX);
});

it("is nothing of the history where a restored server begins to be offered it again", async () => {
  const store = await settled();
  const reset = answer({ epoch: "second", seen_n: 0, pull: { [CAI_KHE]: pulled({ reset: true, cursor: null }) } });
  expect(await rowsRead(() => store.apply(reset, AT))).toBeLessThan(ROWS_MAX);
  expect((await store.batch(HISTORY, Number.MAX_SAFE_INTEGER)).operations.length).toBe(HISTORY);
});

it("is a batch, not the outbox, where a month of work goes out", async () => {
  const { store } = await saved();
  const receipts = [accepted(1), accepted(2)];
  expect(await rowsRead(() => store.apply(answer({ receipts }), AT))).toBeLessThan(ROWS_MAX);
  vi.restoreAllMocks();
  expect(await rowsRead(() => store.batch(10, Number.MAX_SAFE_INTEGER))).toBe(10);
});

it("is nothing of the history where an operation of a lost area stays held", async () => {
  const store = await settled();
  await store.save([patrol(newRecordId(), { route: "A" }, PHONG_DIEN)], moment());
  const n = HISTORY + 1;
  const lost = { held: [{ n, code: "not-granted" }], seen_n: n };
  await store.apply(answer({ ...lost, receipts: [held(n)] }), AT);
  expect(await rowsRead(() => store.apply(answer(lost), AT))).toBeLessThan(ROWS_MAX);
});

it("is nothing of the outbox to say with every save how many records wait", async () => {
  const { store, ids } = await saved();
  await store.save([patrol(ids[0] ?? "", { route: "B" })], moment());
  const steps = vi.spyOn(IDBIndex.prototype, "openKeyCursor");
  expect((await store.summary()).waitingRecords).toBe(HISTORY);
  expect(steps).not.toHaveBeenCalled();
});
