/**
 * Taking in one answer of the server, whole, in one strict transaction: a receipt leaves the outbox only together
 * with being stored, and a cursor is never stored before its records (A3, A5). The order matters: receipts, then
 * what a restored server forgot, then what is still held, then partitions, then records.
 */
import type { Answer } from "../sync/core/exchange.ts";
import { DAY_MS, RECEIPTED_KEPT_DAYS } from "../sync/core/limits.ts";
import { HeldList, settleHeld } from "./apply-held.ts";
import { applyPartitions, dropLeft } from "./apply-partitions.ts";
import { applyPulls } from "./apply-pull.ts";
import { applyReceipts } from "./apply-receipts.ts";
import { countOffered, offerAll, offeredRange } from "./offering.ts";
import { forgetLeftPhotos, offerPhotosAgain } from "./photo-rows.ts";
import { readMeta, type WriteTx, writeMeta } from "./schema.ts";
import { type Owner, Touched } from "./shown.ts";

export interface AnswerMoment {
  /** Of this device's clock, when the answer came. */
  readonly wallMs: number;
  readonly offsetMs: number;
}

/** True when something that is shown may have changed. */
export async function applyAnswer(tx: WriteTx, owner: Owner, answer: Answer, moment: AnswerMoment): Promise<boolean> {
  const touched = new Touched();
  const held = new HeldList(answer.device.held);
  // A phone that starts in 1970 is told the time by the answer: counted by its own clock, its history would be old at once.
  const nowMs = moment.wallMs + moment.offsetMs;
  await applyReceipts(tx, answer.receipts, held, nowMs, touched);
  if (await isForgetful(tx, answer)) await offerAgain(tx, answer);
  await settleHeld(tx, held, touched);
  await applyPartitions(tx, answer.partitions, touched);
  await applyPulls(tx, answer.pull, touched);
  // Not before a restored server has been offered all that there still is.
  const isWhole = (await countOffered(tx)) === 0;
  const hasLeft = isWhole && (await dropLeft(tx, answer));
  if (isWhole) await forgetOld(tx, nowMs);
  await storeMeta(tx, answer, moment);
  await touched.refresh(tx, owner);
  if (hasLeft) await forgetLeftPhotos(tx);
  return !touched.isEmpty;
}

/**
 * Whether this server may lack operations that were receipted (P20): another epoch, a `seen_n` that went back or ends
 * before an operation that has its receipt, or a feed that does not know this phone's place any more. Nothing else says
 * so, or a device whose first operations are gone from the phone would offer for ever.
 */
async function isForgetful(tx: WriteTx, { epoch, device, pull }: Answer): Promise<boolean> {
  const known = await readMeta(tx, "epoch");
  const seen = (await readMeta(tx, "seen_n")) ?? 0;
  const isOther = known !== undefined && known !== epoch;
  const isReset = Object.values(pull).some((pulled) => pulled.reset);
  return isOther || device.seen_n < seen || isReset || (await isMissing(tx, device.seen_n + 1));
}

/** Whether the server has not stored an operation for which it gave a receipt, and which is not being offered again. */
async function isMissing(tx: WriteTx, n: number): Promise<boolean> {
  if ((await offeredRange(tx))?.includes(n)) return false;
  return (await tx.objectStore("receipted").getKey(n)) !== undefined;
}

async function offerAgain(tx: WriteTx, { receipts }: Answer): Promise<void> {
  await offerPhotosAgain(tx);
  await offerAll(tx, new Set(receipts.map((receipt) => receipt.n)));
}

async function forgetOld(tx: WriteTx, nowMs: number): Promise<void> {
  const before = IDBKeyRange.upperBound(nowMs - RECEIPTED_KEPT_DAYS * DAY_MS);
  const index = tx.objectStore("receipted").index("receipted_ms");
  for (const row of await index.getAll(before)) {
    if (row.overlay !== 1) await tx.objectStore("receipted").delete(row.n);
  }
}

async function storeMeta(tx: WriteTx, answer: Answer, { wallMs, offsetMs }: AnswerMoment): Promise<void> {
  const { seen_n, state } = answer.device;
  await writeMeta(tx, "epoch", answer.epoch);
  await writeMeta(tx, "seen_n", seen_n);
  await writeMeta(tx, "clock", { offset_ms: offsetMs, learnt_wall_ms: wallMs });
  await writeMeta(tx, "last_success_ms", wallMs + offsetMs);
  await writeMeta(tx, "device_state", state);
  // A phone whose store was lost under a living device id must not give a number twice (P1).
  if (seen_n >= ((await readMeta(tx, "next_n")) ?? 1)) await writeMeta(tx, "next_n", seen_n + 1);
}
