/** Reading for screens: bounded walks on indexes, never a whole store. */
import type { IDBPIndex } from "idb";
import { fold } from "../sync/core/fold.ts";
import { type MergedFields, overlay } from "../sync/core/overlay.ts";
import { compareText } from "../sync/core/value.ts";
import type { Found, Listing } from "./listing.ts";
import type { DeviceSchema, DeviceStores, ReadTx, ShownRow } from "./schema.ts";
import { passedOver } from "./sealed/transaction.ts";
import { type Owner, readKnown } from "./shown.ts";

/** Rows that one list looks at while not all are known; a search is cut there rather than freezing a cheap phone. */
const ROWS_SCANNED_MAX = 1_000;
const ROWS_AT_ONCE = 100;

export interface ListQuery {
  readonly kinds?: readonly string[];
  readonly own?: boolean;
  readonly text?: string;
  readonly limit: number;
}

export async function listShown(
  tx: ReadTx,
  query: ListQuery,
  userId: string,
  listing: Listing | null = null,
): Promise<ShownRow[]> {
  const words = fold(query.text ?? "")
    .split(" ")
    .filter(Boolean);
  const kinds = query.kinds && new Set(query.kinds);
  const fits = (row: Pick<Found, "kind" | "author" | "folded">) =>
    (!query.own || row.author === userId) &&
    (kinds?.has(row.kind) ?? true) &&
    words.every((word) => row.folded.includes(word));
  const isFiltered = query.own === true || words.length > 0;
  const known = isFiltered ? await listing?.newest(tx) : null;
  if (known) return await rowsOf(tx, firstOf(known, fits, query.limit));
  const shown = tx.objectStore("shown");
  const read = (index: ShownIndex, range: IDBKeyRange | null) => sift(tx, index, range, fits, query.limit);
  if (!query.kinds) return await read(shown.index("listed"), null);
  const ranges = query.kinds.map((kind) => IDBKeyRange.bound([kind], [kind, []]));
  const lists = await Promise.all(ranges.map((range) => read(shown.index("kind_listed"), range)));
  return lists.flat().sort(newestFirst).slice(0, query.limit);
}

function firstOf(known: readonly Found[], fits: (row: Found) => boolean, limit: number): string[] {
  const ids: string[] = [];
  for (const row of known) {
    if (ids.length >= limit) break;
    if (fits(row)) ids.push(row.id);
  }
  return ids;
}

/** Together: opening a sealed row takes longer than finding it. */
async function rowsOf(tx: ReadTx, ids: readonly string[]): Promise<ShownRow[]> {
  const rows = await Promise.all(ids.map((id) => tx.objectStore("shown").get(id).catch(passedOver)));
  return rows.filter((row) => row !== undefined);
}

type ShownIndex = IDBPIndex<DeviceSchema, DeviceStores, "shown", "listed" | "kind_listed", "readonly" | "readwrite">;

/** Newest first, a few rows at a time, until there are enough. */
async function sift(
  tx: ReadTx,
  index: ShownIndex,
  range: IDBKeyRange | null,
  fits: (row: Pick<Found, "kind" | "author" | "folded">) => boolean,
  limit: number,
): Promise<ShownRow[]> {
  const rows: ShownRow[] = [];
  let cursor = await index.openKeyCursor(range, "prev");
  for (let scanned = 0; cursor && rows.length < limit && scanned < ROWS_SCANNED_MAX; ) {
    const ids: string[] = [];
    for (; cursor && ids.length < Math.min(ROWS_AT_ONCE, limit); cursor = await cursor.continue())
      ids.push(cursor.primaryKey);
    scanned += ids.length;
    const found = await rowsOf(tx, ids);
    rows.push(...found.filter((row) => fits({ ...row, author: row.author.id })));
  }
  return rows.slice(0, limit);
}

function newestFirst(a: ShownRow, b: ShownRow): number {
  return (b.listed_ms ?? 0) - (a.listed_ms ?? 0) || compareText(b.id, a.id);
}

/** Records below one, newest first; void ones are hidden (P10). */
export async function childrenOf(tx: ReadTx, parent: string): Promise<ShownRow[]> {
  const rows = await tx.objectStore("shown").index("parent").getAll(parent);
  return rows.filter((row) => row.listed_ms !== undefined).sort(newestFirst);
}

export async function openPatrol(tx: ReadTx): Promise<ShownRow | null> {
  const rows = await tx.objectStore("shown").index("open_patrol").getAll();
  return rows.sort(newestFirst)[0] ?? null;
}

/** The open patrol with its heads, as one moment has them: what its form is about (P5). */
export async function openPatrolSeen(
  tx: ReadTx,
  owner: Owner,
): Promise<{ readonly row: ShownRow; readonly seen: MergedFields } | null> {
  const row = await openPatrol(tx);
  if (!row) return null;
  const { record, own } = await readKnown(tx, row.id);
  return { row, seen: overlay(owner.device, record, own) };
}
