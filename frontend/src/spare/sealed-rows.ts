/** Rows on their way into the spare copy and back: sealed as they are in the database, so that one key opens both. */
import { fromBase64Url, toBase64Url } from "../platform/device-key.ts";
import type { BareStore } from "../store/keeping.ts";
import type { OutboxRow } from "../store/schema.ts";
import { Locked } from "../store/sealed/cipher.ts";
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
  const readable = readableOf(STORE, row as unknown as Row) as Omit<OutboxRow, "operation">;
  return { ...readable, sealed: toBase64Url(new Uint8Array(sealed)) };
}

/** Null while the app is locked: they are taken back by whoever unlocks it. */
export async function fromSpare(store: BareStore, rows: readonly SpareRow[]): Promise<readonly OutboxRow[] | null> {
  try {
    return await Promise.all(rows.map((row) => opened(store, row)));
  } catch (thrown) {
    if (thrown instanceof Locked) return null;
    throw thrown;
  }
}

async function opened({ owner, cipher }: BareStore, row: SpareRow): Promise<OutboxRow> {
  if ("operation" in row) return row;
  if (!cipher) throw new Locked();
  const { buffer } = fromBase64Url(row.sealed);
  const contents = await cipher.open(boundPlace(owner.device, STORE, row.n), buffer);
  return joined({ ...row, sealed: buffer }, contents) as unknown as OutboxRow;
}
