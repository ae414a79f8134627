/** Receipts: of what waited in the outbox, and of what a restored server was offered again (P14, P20). */
import type { Receipt } from "../sync/core/record.ts";
import type { HeldList } from "./apply-held.ts";
import { noteOffered, offeredRange } from "./offering.ts";
import type { OutboxRow, WriteTx } from "./schema.ts";
import type { Touched } from "./shown.ts";

export async function applyReceipts(
  tx: WriteTx,
  receipts: readonly Receipt[],
  held: HeldList,
  nowMs: number,
  touched: Touched,
): Promise<void> {
  const outbox = tx.objectStore("outbox");
  const offered = await offeredRange(tx);
  let lastOffered = 0;
  for (const receipt of receipts) {
    const row = await outbox.get(receipt.n);
    if (row) await storeReceipt(tx, row, receipt, nowMs, touched);
    else if (offered?.includes(receipt.n)) {
      await storeReceiptAgain(tx, receipt, held, nowMs, touched);
      lastOffered = receipt.n;
    }
  }
  if (lastOffered > 0) await noteOffered(tx, lastOffered);
}

async function storeReceipt(
  tx: WriteTx,
  { n, record, operation }: OutboxRow,
  receipt: Receipt,
  nowMs: number,
  touched: Touched,
): Promise<void> {
  await tx
    .objectStore("receipted")
    .put({ n, record, tag: operation.tag, operation, receipt, receipted_ms: nowMs, overlay: 1 });
  await tx.objectStore("outbox").delete(n);
  touched.touch(record);
}

/** Shown as before, since the copies of before know it, unless it is held now; what was closed is not shown again. */
async function storeReceiptAgain(
  tx: WriteTx,
  receipt: Receipt,
  held: HeldList,
  nowMs: number,
  touched: Touched,
): Promise<void> {
  const row = await tx.objectStore("receipted").get(receipt.n);
  if (!row) return;
  const isClosed = receipt.status === "held" && held.isWithout(receipt.n);
  const isHeld = receipt.status === "held" && !isClosed;
  const told = isClosed ? row.receipt : receipt;
  const next = { ...row, receipt: told, receipted_ms: nowMs, ...(isHeld ? { overlay: 1 as const } : {}) };
  await tx.objectStore("receipted").put(next);
  if (next.overlay === 1) touched.touch(row.record);
}
