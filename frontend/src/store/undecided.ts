/** What waits for a person on this phone: heads to choose from, operations that the server holds, what is unsent. */
import { type MergedFields, overlay } from "../sync/core/overlay.ts";
import type { Operation } from "../sync/core/record.ts";
import type { ReadTx, ShownRow } from "./schema.ts";
import { type Owner, readKnown } from "./shown.ts";
import type { Author } from "./shown-row.ts";

/** One record as its heads stand on this phone. */
export interface KnownHeads {
  readonly fields: MergedFields;
  /** Who writes on which device, as far as this phone has been told. */
  readonly people: ReadonlyMap<string, Author>;
  readonly isOnServer: boolean;
}

export async function readHeads(tx: ReadTx, owner: Owner, id: string): Promise<KnownHeads> {
  const { record, own } = await readKnown(tx, id);
  const touches = record ? [record.created, record.changed] : [];
  const people = new Map(touches.map(({ device, by }) => [device, by]));
  people.set(owner.device, owner.user);
  return { fields: overlay(owner.device, record, own), people, isOnServer: record !== null };
}

/** Records with a conflict, or edited while they were void; the last changed first. */
export async function listUndecided(tx: ReadTx, limit: number): Promise<ShownRow[]> {
  const rows = await tx.objectStore("shown").index("undecided").getAll();
  return rows.sort((a, b) => b.changed_ms - a.changed_ms || (a.id < b.id ? 1 : -1)).slice(0, limit);
}

/** An operation of this phone that the server keeps without counting it. */
export interface HeldRow {
  readonly operation: Operation;
  readonly code: string;
  readonly receipted_ms: number;
}

/** Oldest first; of one record, or of all. */
export async function listHeld(tx: ReadTx, record?: string): Promise<HeldRow[]> {
  const rows = await tx.objectStore("receipted").index("overlay").getAll();
  return rows
    .filter((row) => row.receipt.status === "held" && (record === undefined || row.record === record))
    .map(({ operation, receipt, receipted_ms }) => {
      return { operation, code: receipt.code ?? "operation-invalid", receipted_ms };
    });
}

/** Records with operations in the outbox, void ones too, in the order in which they are sent. */
export async function listUnsent(tx: ReadTx, limit: number): Promise<ShownRow[]> {
  const ids = new Set<string>();
  let cursor = await tx.objectStore("outbox").openCursor();
  while (cursor && ids.size < limit) {
    ids.add(cursor.value.record);
    cursor = await cursor.continue();
  }
  const rows = await Promise.all([...ids].map((id) => tx.objectStore("shown").get(id)));
  return rows.filter((row) => row !== undefined);
}
