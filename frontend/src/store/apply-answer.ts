/**
 * Taking in one answer of the server, whole, in one strict transaction: a receipt leaves the outbox only together
 * with being stored, and a cursor is never stored before its records (A3, A5). The order matters: receipts, then
 * what a restored server forgot, then partitions, then what is still held, then records.
 */
import type { Answer } from "../sync/core/exchange.ts";
import { DAY_MS, HELD_LISTED_MAX, RECEIPTED_KEPT_DAYS } from "../sync/core/limits.ts";
import type { Receipt } from "../sync/core/record.ts";
import { applyPartitions } from "./apply-partitions.ts";
import { applyPulls } from "./apply-pull.ts";
import { offerPhotosAgain } from "./photo-rows.ts";
import { type ReceiptedRow, readMeta, type WriteTx, writeMeta } from "./schema.ts";
import { type Owner, Touched } from "./shown.ts";

export interface AnswerMoment {
  /** Of this device's clock, when the answer came. */
  readonly wallMs: number;
  readonly offsetMs: number;
}

/** True when something that is shown may have changed. */
export async function applyAnswer(tx: WriteTx, owner: Owner, answer: Answer, moment: AnswerMoment): Promise<boolean> {
  const touched = new Touched();
  for (const receipt of answer.receipts) await storeReceipt(tx, receipt, moment.wallMs, touched);
  await offerAgain(tx, answer, touched);
  await applyPartitions(tx, answer.partitions, touched);
  await settleHeld(tx, answer.device.held, touched);
  await applyPulls(tx, answer.pull, touched);
  await forgetOld(tx, moment.wallMs);
  await storeMeta(tx, answer, moment);
  await touched.refresh(tx, owner);
  return !touched.isEmpty;
}

async function storeReceipt(tx: WriteTx, receipt: Receipt, wallMs: number, touched: Touched): Promise<void> {
  const outbox = tx.objectStore("outbox");
  const row = await outbox.get(receipt.n);
  if (!row) return;
  const { n, record, operation } = row;
  await tx.objectStore("receipted").put({ n, record, operation, receipt, receipted_ms: wallMs, overlay: 1 });
  await outbox.delete(n);
  touched.touch(record);
}

/**
 * A server restored from a backup has forgotten operations that it had receipted: they go back to the outbox (P20).
 * Only a new epoch or a `seen_n` that went back says so, or a device with old gaps would offer them for ever.
 */
async function offerAgain(tx: WriteTx, answer: Answer, touched: Touched): Promise<void> {
  const epoch = await readMeta(tx, "epoch");
  const seen = (await readMeta(tx, "seen_n")) ?? 0;
  const { seen_n } = answer.device;
  const isForgetful = (epoch !== undefined && epoch !== answer.epoch) || seen_n < seen;
  if (!isForgetful) return;
  await offerPhotosAgain(tx);
  // What this very answer has receipted is held by the server as it is now.
  const fresh = new Set(answer.receipts.map((receipt) => receipt.n));
  const rows = await tx.objectStore("receipted").getAll(IDBKeyRange.lowerBound(seen_n, true));
  for (const row of rows.filter(({ n }) => !fresh.has(n))) {
    const { n, record, operation, receipted_ms } = row;
    await tx.objectStore("outbox").put({ n, record, operation, saved_ms: receipted_ms });
    await tx.objectStore("receipted").delete(n);
    touched.touch(record);
  }
}

/** `held` lists what is still held: an operation that is no longer there was released or closed (P30). */
async function settleHeld(tx: WriteTx, held: Answer["device"]["held"], touched: Touched): Promise<void> {
  const codes = new Map(held.map(({ n, code }) => [n, code]));
  const isWhole = held.length < HELD_LISTED_MAX;
  const store = tx.objectStore("held");
  for (const n of await store.getAllKeys()) if (isWhole && !codes.has(n)) await store.delete(n);
  for (const item of held) await store.put({ n: item.n, code: item.code });
  for (const row of await tx.objectStore("receipted").index("overlay").getAll()) {
    const next = withHeldCode(row, codes.get(row.n), isWhole);
    if (next === row) continue;
    await tx.objectStore("receipted").put(next);
    touched.touch(row.record);
  }
}

function withHeldCode(row: ReceiptedRow, code: string | undefined, isWhole: boolean): ReceiptedRow {
  if (row.receipt.status === "held" && code === undefined) return isWhole ? released(row) : row;
  if (code === undefined || row.receipt.code === code) return row;
  return { ...row, receipt: { ...row.receipt, status: "held", code } };
}

/** Released: shown on top until the record's own copy has come, like any accepted one; closed: until the feed's end. */
function released({ receipt, ...row }: ReceiptedRow): ReceiptedRow {
  const { code: _, ...told } = receipt;
  return { ...row, receipt: { ...told, status: "accepted" } };
}

async function forgetOld(tx: WriteTx, wallMs: number): Promise<void> {
  const before = IDBKeyRange.upperBound(wallMs - RECEIPTED_KEPT_DAYS * DAY_MS);
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
