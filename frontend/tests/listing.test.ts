/** What lists are searched by: complete, and true after whatever was written. */
import { describe, expect, it } from "vitest";
import {
  AT,
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

const found = async (store: ReturnType<typeof openStore>, text: string) =>
  (await store.list({ text, limit: 1_000 })).map(({ id }) => id);

/** So many records of others, and one's own. */
async function filled(count: number) {
  const device = newDevice();
  const store = openStore(device);
  const records = Array.from({ length: count }, (_, at) =>
    serverRecord(newRecordId(), { route: `Tuyến ${at}`, started_at: NOW - at * 1_000 }, { seq: at + 1 }),
  );
  await store.apply(answer({ pull: { [CAI_KHE]: pulled({ records }) } }), AT);
  return { device, store, ids: records.map(({ id }) => id) };
}

describe("a list that is searched", () => {
  it("finds among many what stands far down, newest first, once all are read", async () => {
    const { store, ids } = await filled(1_200);
    expect(await found(store, "tuyen 1199")).toEqual([]);
    await store.readListing();
    expect(await found(store, "tuyen 1199")).toEqual([ids[1_199]]);
    expect(await found(store, "tuyen 119")).toEqual([ids[119], ids[1_119], ...ids.slice(1_190)]);
  });

  it("knows what was saved, changed, voided and pulled since", async () => {
    const { store, ids } = await filled(3);
    await store.readListing();
    const own = newRecordId();
    await store.save([patrol(own, { route: "Cầu sắt", started_at: NOW })], moment());
    expect(await found(store, "cau sat")).toEqual([own]);
    await store.save([patrol(own, { route: "Bến đò" })], moment());
    expect(await found(store, "cau sat")).toEqual([]);
    expect(await found(store, "ben do")).toEqual([own]);
    await store.save([patrol(own, { void: "nhầm" })], moment());
    expect(await found(store, "ben do")).toEqual([]);
    const moved = serverRecord(ids[0] ?? "", { route: "Chợ nổi", started_at: NOW }, { seq: 9 });
    await store.apply(answer({ pull: { [CAI_KHE]: pulled({ records: [moved], cursor: "c2" }) } }), AT);
    expect(await found(store, "cho noi")).toEqual([ids[0]]);
    expect(await found(store, "tuyen 0")).toEqual([]);
  });

  it("knows what another tab has written, and forgets what it has deleted", async () => {
    const { device, store, ids } = await filled(3);
    await store.readListing();
    expect(await found(store, "tuyen")).toEqual(ids);
    const other = openStore(device);
    const own = newRecordId();
    await other.save([patrol(own, { route: "Tuyến khác", started_at: NOW + 1 })], moment());
    expect(await found(store, "tuyen")).toEqual([own, ...ids]);
    await other.apply(answer({ partitions: [] }), AT);
    expect(await found(store, "tuyen")).toEqual([own]);
  });

  it("shows the newest of one's own before all are read", async () => {
    const { store } = await filled(300);
    const own = newRecordId();
    await store.save([patrol(own, { route: "Tuyến A", started_at: NOW })], moment());
    expect((await store.list({ own: true, limit: 50 })).map(({ id }) => id)).toEqual([own]);
  });
});
