/** Forms that are not saved: kept while somebody fills them in, gone in the transaction that saves or drops them. */
import type { DraftRow, ReadTx, WriteTx } from "./schema.ts";

/** The draft that a save settles. */
export interface DraftName {
  readonly form: string;
  readonly record: string;
}

export async function keepDraft(tx: WriteTx, row: DraftRow): Promise<void> {
  await tx.objectStore("drafts").put(row);
}

export async function readDraft(tx: ReadTx, form: string): Promise<DraftRow | null> {
  return (await tx.objectStore("drafts").get(form)) ?? null;
}

/** The last one that was worked on first. */
export async function listDrafts(tx: ReadTx): Promise<readonly DraftRow[]> {
  const rows = await tx.objectStore("drafts").getAll();
  return rows.sort((a, b) => b.saved_ms - a.saved_ms || (a.form < b.form ? -1 : 1));
}

/** Whether some form that is not saved is to make this record. */
export async function isDraft(tx: ReadTx, record: string): Promise<boolean> {
  return (await tx.objectStore("drafts").getAll()).some((row) => row.record === record);
}

/** Another tab may have begun another record in the same form: that one stays. */
export async function settleDraft(tx: WriteTx, { form, record }: DraftName): Promise<void> {
  if ((await readDraft(tx, form))?.record === record) await tx.objectStore("drafts").delete(form);
}
