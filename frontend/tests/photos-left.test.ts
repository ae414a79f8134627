/** Photos of an area that this phone lost: what goes, what a person decides, and what a retired phone waits for. */
import { describe, expect, it } from "vitest";
import type { DeviceStore } from "../src/store/device-store.ts";
import { awaitsPhotos, PHOTO_KEPT_DAYS, settlePhotos } from "../src/store/photo-keeping.ts";
import { addPhoto, advance, dropLoose, readFile } from "../src/store/photos.ts";
import { DAY_MS } from "../src/sync/core/limits.ts";
import {
  AT,
  answer,
  CAI_KHE,
  held,
  moment,
  NOW,
  newRecordId,
  openStore,
  PHONG_DIEN,
  pulled,
  serverRecord,
} from "./kit.ts";
import { patrolWithPhotos, receiptAll, rowOf, shotOf } from "./photo-kit.ts";

const LATER = NOW + (PHOTO_KEPT_DAYS + 1) * DAY_MS;

const fileBytes = async (store: DeviceStore, id: string, size: "full" | "thumb" = "full") =>
  (await store.read((tx) => readFile(tx, id, size)))?.byteLength ?? null;

describe("photos of an area that was lost", () => {
  async function lost(sizes: readonly number[]) {
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, sizes);
    await receiptAll(store);
    const [waits = "", received = ""] = shots.map(({ id }) => id);
    await store.write((tx) => advance(tx, received, { state: "received", upload: null, settled_ms: NOW }));
    const other = { partitions: [PHONG_DIEN], seen_n: 3, pull: { [PHONG_DIEN]: pulled() } };
    await store.apply(answer(other), AT);
    return { store, waits, received };
  }

  it("leave with it where the server has them, and stay where it has not (P19)", async () => {
    const { store, waits, received } = await lost([10, 20]);
    expect([await rowOf(store, received), await fileBytes(store, received, "thumb")]).toEqual([undefined, null]);
    expect([(await rowOf(store, waits))?.state, await fileBytes(store, waits)]).toEqual(["pending", 10]);
  });

  it("may be dropped without a reason once they are refused, and are sent when it is given back", async () => {
    const { store, waits } = await lost([10, 20]);
    await store.write((tx) => advance(tx, waits, { state: "refused", code: "photo-unrecorded" }));
    await store.write((tx) => settlePhotos(tx, NOW));
    expect((await rowOf(store, waits))?.state).toBe("refused");
    const record = serverRecord(waits, { sha256: "0".repeat(64) }, { kind: "photo" });
    await store.apply(answer({ seen_n: 3, pull: { [CAI_KHE]: pulled({ records: [record] }) } }), AT);
    await store.write((tx) => dropLoose(tx, waits));
    await store.write((tx) => settlePhotos(tx, NOW));
    expect((await rowOf(store, waits))?.state).toBe("pending");
    const second = await lost([10, 20]);
    await second.store.write((tx) => advance(tx, second.waits, { state: "refused", code: "photo-unrecorded" }));
    await second.store.write((tx) => dropLoose(tx, second.waits));
    expect(await rowOf(second.store, second.waits)).toBeUndefined();
  });

  it("keep a retired phone only while something can be sent by itself (P25)", async () => {
    const awaited = (store: DeviceStore, nowMs = NOW) => store.read((tx) => awaitsPhotos(tx, nowMs));
    const { store, waits } = await lost([10, 20]);
    expect(await awaited(store)).toBe(true);
    await store.write((tx) => advance(tx, waits, { state: "refused", code: "photo-unrecorded" }));
    expect(await awaited(store)).toBe(false);
    const holding = openStore();
    await patrolWithPhotos(holding, [10]);
    await receiptAll(holding, held);
    expect(await awaited(holding)).toBe(false);
    const shot = await shotOf(5);
    await holding.write((tx) => addPhoto(tx, holding.owner, shot, { draft: newRecordId() }, moment()));
    expect([await awaited(holding), await awaited(holding, LATER)]).toEqual([true, false]);
  });
});
