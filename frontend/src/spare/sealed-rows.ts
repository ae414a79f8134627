/** Rows on their way into the spare copy and back: sealed as they are in the database, so that one key opens both. */
import { fromBase64Url, toBase64Url } from "../platform/device-key.ts";
import type { BareStore } from "../store/keeping.ts";
import type { OutboxRow } from "../store/schema.ts";
import { Damaged, Locked } from "../store/sealed/cipher.ts";
import { contentsOf, isSealed, joined, type Row, readableOf } from "../store/sealed/contents.ts";
import { boundPlace } from "../store/sealed/transaction.ts";
import type { SpareRow } from "./contract.ts";

const STORE = "outbox";

/** Whole as it was saved, or as it stands on the disk. */
export async function toSpare({ owner, cipher }: BareStore, row: OutboxRow): Promise<SpareRow> {
  if (!cipher) return row;
  if (isSealed(row)) return { ...row, sealed: toBase64Url(new Uint8Array(row.sealed)) };
  const contents = contentsOf(STORE, row as unknown as Row);
  const sealed = await cipher.seal(boundPlace(owner.device, STORE, row.n), contents);
  const box = await cipher.box?.(row.operation);
  const readable = readableOf(STORE, row as unknown as Row) as Omit<OutboxRow, "operation">;
  return { ...readable, sealed: toBase64Url(new Uint8Array(sealed)), ...(box !== undefined && { box }) };
}

/**
 * By number: whole, or as they are to stand on the disk until somebody unlocks the app. One that no key opens stays in
 * the spare copy, and in nobody's way.
 */
export async function fromSpare(store: BareStore, rows: readonly SpareRow[]): Promise<ReadonlyMap<number, OutboxRow>> {
  const found = await Promise.all(rows.map(async (row) => [row.n, await whole(store, row)] as const));
  return new Map(found.flatMap(([n, row]) => (row ? [[n, row]] : [])));
}

async function whole(store: BareStore, row: SpareRow): Promise<OutboxRow | null> {
  try {
    return await opened(store, row);
  } catch (thrown) {
    if (thrown instanceof Damaged) return null;
    if (!(thrown instanceof Locked) || "operation" in row) throw thrown;
    return { ...row, sealed: fromBase64Url(row.sealed).buffer } as unknown as OutboxRow;
  }
}

async function opened({ owner, cipher }: BareStore, row: SpareRow): Promise<OutboxRow> {
  if ("operation" in row) return row;
  if (!cipher) throw new Locked();
  const { buffer } = fromBase64Url(row.sealed);
  const contents = await cipher.open(boundPlace(owner.device, STORE, row.n), buffer);
  return joined({ ...row, sealed: buffer }, contents) as unknown as OutboxRow;
}
