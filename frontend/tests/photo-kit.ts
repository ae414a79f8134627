/** Photos for tests: bytes of any size in a store, with or without the receipts of their records. */
import { hexOf, sha256 } from "../src/photos/digest.ts";
import type { DeviceStore } from "../src/store/device-store.ts";
import { addPhoto, type Shot } from "../src/store/photos.ts";
import type { PhotoRow } from "../src/store/schema.ts";
import type { Receipt } from "../src/sync/core/record.ts";
import { AT, accepted, answer, CAI_KHE, moment, NOW, newRecordId, patrol } from "./kit.ts";
import { seeded } from "./virtual-phone.ts";

export async function shotOf(bytes: number, seed = 1, id = newRecordId()): Promise<Shot> {
  const random = seeded(seed);
  const full = Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256)).buffer;
  const digest = hexOf(await sha256(full));
  return { id, full, thumb: new ArrayBuffer(10), sha256: digest, width: 1600, height: 1200, taken_ms: NOW - 1_000 };
}

/** A patrol with photos of these sizes, all of it unsent; gives the ids of the photos. */
export async function patrolWithPhotos(
  store: DeviceStore,
  sizes: readonly number[],
  seed = 1,
): Promise<{ record: string; shots: Shot[] }> {
  const record = newRecordId();
  await store.save([patrol(record)], moment());
  const shots = await Promise.all(sizes.map((bytes, at) => shotOf(bytes, seed * 1_000 + at)));
  for (const [at, shot] of shots.entries()) await keep(store, shot, record, NOW + at);
  return { record, shots };
}

export async function keep(store: DeviceStore, shot: Shot, record: string, nowMs = NOW): Promise<void> {
  const to = { record, partition: CAI_KHE };
  await store.write((tx) => addPhoto(tx, store.owner, shot, to, moment(nowMs)));
}

/** The server's receipts for everything in the outbox. */
export async function receiptAll(store: DeviceStore, receipt: (n: number) => Receipt = accepted): Promise<void> {
  const { operations } = await store.batch(1_000, Number.MAX_SAFE_INTEGER);
  const receipts = operations.map(({ n }) => receipt(n));
  const held = receipts.flatMap(({ n, status, code }) => (status === "held" ? [{ n, code: code ?? "" }] : []));
  await store.apply(answer({ receipts, held }), AT);
}

export async function rowOf(store: DeviceStore, id: string): Promise<PhotoRow | undefined> {
  return await store.read((tx) => tx.objectStore("photos").get(id));
}
