/** Forms that are not saved: kept while somebody fills them in, gone in the transaction that saves or drops them. */
import type { DraftRow, ReadTx, WriteTx } from "./schema.ts";
import { onDisk } from "./sealed/transaction.ts";

/** Which form, and the record that it makes or changes: two tabs may have begun two records in one form. */
export interface DraftName {
  readonly form: string;
  readonly record: string;
}

/** Its record has been saved, or the draft thrown away, in another tab: it must not come back. */
export class Settled extends Error {
  readonly code = "draft-settled";
}

/** `isKnown`: this tab has read or written it before, so a row that is missing was settled. */
export async function keepDraft(tx: WriteTx, row: DraftRow, isKnown = false): Promise<void> {
  const drafts = tx.objectStore("drafts");
  if (isKnown && (await drafts.getKey([row.form, row.record])) === undefined) throw new Settled(row.form);
  await drafts.put(row);
}

/** Of several in one form the one that was worked on last. */
export async function readDraft(tx: ReadTx, form: string): Promise<DraftRow | null> {
  const rows = await tx.objectStore("drafts").getAll(IDBKeyRange.bound([form], [form, []]));
  return rows.sort(byTime)[0] ?? null;
}

/** The last one that was worked on first. */
export async function listDrafts(tx: ReadTx): Promise<readonly DraftRow[]> {
  return (await tx.objectStore("drafts").getAll()).sort(byTime);
}

const byTime = (a: DraftRow, b: DraftRow): number => b.saved_ms - a.saved_ms || (a.record < b.record ? 1 : -1);

/** Whether some form that is not saved is to make this record. */
export async function isDraft(tx: ReadTx, record: string): Promise<boolean> {
  return (await onDisk(tx).objectStore("drafts").getAll()).some((row) => row.record === record);
}

export async function settleDraft(tx: WriteTx, { form, record }: DraftName): Promise<void> {
  await tx.objectStore("drafts").delete([form, record]);
}
