/** One person is on one patrol, however many tabs, drafts and takings-back there are. */
import { describe, expect, it } from "vitest";
import { importDataKey, lockedCipher, newDataKey, newPair } from "../src/keys/data-key.ts";
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

const HOUR_MS = 3_600_000;
const begun = (record: string) => patrol(record, { started_at: NOW - HOUR_MS });
const ended = (record: string) => patrol(record, { ended_at: NOW });
const goesOn = (record: string) => patrol(record, { ended_at: null });

describe("a patrol", () => {
  it("is begun by one of two tabs that start at the same moment, and the other keeps nothing of its own", async () => {
    const device = newDevice();
    const [one, other] = [openStore(device), openStore(device)];
    const results = await Promise.all([
      one.save([begun(newRecordId())], moment()),
      other.save([begun(newRecordId())], moment()),
    ]);
    expect(results.sort()).toEqual(["another-patrol-open", "saved"]);
    expect(await one.list({ kinds: ["patrol"], limit: 9 })).toHaveLength(1);
    expect((await one.batch(9, 1e6)).operations.map(({ n }) => n)).toEqual([1]);
  });

  it("is begun again as soon as the one before has ended", async () => {
    const store = openStore();
    const [first, second] = [newRecordId(), newRecordId()];
    await store.save([begun(first)], moment());
    expect(await store.save([ended(first)], moment())).toBe("saved");
    expect(await store.save([begun(second)], moment())).toBe("saved");
    expect((await store.openPatrol())?.id).toBe(second);
  });

  it("does not go on by taking its end back while another one goes on", async () => {
    const store = openStore();
    const [first, second] = [newRecordId(), newRecordId()];
    await store.save([begun(first)], moment());
    await store.save([ended(first)], moment());
    // Without another one it does.
    expect(await store.save([goesOn(first)], moment())).toBe("saved");
    await store.save([ended(first)], moment());
    await store.save([begun(second)], moment());
    expect(await store.save([goesOn(first)], moment())).toBe("another-patrol-open");
    expect((await store.record(first))?.fields.ended_at).toBe(NOW);
  });

  it("does not come back from being void while another one goes on", async () => {
    const store = openStore();
    const [first, second] = [newRecordId(), newRecordId()];
    await store.save([begun(first)], moment());
    await store.save([patrol(first, { void: "Nhầm" })], moment());
    await store.save([begun(second)], moment());
    expect(await store.save([patrol(first, { void: null })], moment())).toBe("another-patrol-open");
  });

  it("of the past is entered while one goes on", async () => {
    const store = openStore();
    await store.save([begun(newRecordId())], moment());
    const past = patrol(newRecordId(), { started_at: NOW - 9 * HOUR_MS, ended_at: NOW - 8 * HOUR_MS });
    expect(await store.save([past], moment())).toBe("saved");
  });

  it("is not begun beside another one while the app is locked", async () => {
    const device = newDevice();
    await openStore(device).save([begun(newRecordId())], moment());
    const pair = await newPair(await importDataKey(newDataKey()));
    const locked = openStore(device, lockedCipher(1, pair));
    expect(await locked.save([begun(newRecordId())], moment())).toBe("another-patrol-open");
    expect(await locked.save([patrol(newRecordId(), { route: "Tuyến 2" })], moment())).toBe("saved");
  });

  it("that came from another phone of the same person can be worked on and ended beside the own one", async () => {
    const store = openStore();
    const [own, foreign] = [newRecordId(), newRecordId()];
    await store.save([begun(own)], moment());
    const touch = { by: store.owner.user, device: "elsewhere", received_ms: NOW - 1 };
    const theirs = serverRecord(foreign, { started_at: NOW - 2 * HOUR_MS }, { created: touch, changed: touch });
    await store.apply(answer({ pull: { [CAI_KHE]: pulled({ records: [theirs] }) } }), AT);
    expect(await store.save([patrol(foreign, { route: "Tuyến 3" })], moment())).toBe("saved");
    expect(await store.save([ended(foreign)], moment())).toBe("saved");
    expect((await store.openPatrol())?.id).toBe(own);
  });
});
