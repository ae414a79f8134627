/** Reading for screens: bounded walks on indexes, never a whole store. */
import type { IDBPIndex } from "idb";
import { fold } from "../sync/core/fold.ts";
import { type MergedFields, overlay } from "../sync/core/overlay.ts";
import { compareText } from "../sync/core/value.ts";
import type { DeviceSchema, DeviceStores, ReadTx, ShownRow } from "./schema.ts";
import { type Owner, readKnown } from "./shown.ts";

/** Rows that one list may look at before it gives up; a search is cut there rather than freezing a cheap phone. */
const ROWS_SCANNED_MAX = 5_000;

export interface ListQuery {
  readonly kinds?: readonly string[];
  readonly own?: boolean;
  readonly text?: string;
  readonly limit: number;
}

export async function listShown(tx: ReadTx, query: ListQuery, userId: string): Promise<ShownRow[]> {
  const words = fold(query.text ?? "").split(" ");
  const isFiltered = query.own === true || words.some(Boolean);
  const fits = (row: ShownRow) =>
    (!query.own || row.author.id === userId) && words.every((word) => row.folded.includes(word));
  const shown = tx.objectStore("shown");
  const read = (index: ShownIndex, range: IDBKeyRange | null) =>
    isFiltered ? sift(tx, index, range, fits, query.limit) : newest(tx, index, range, query.limit);
  if (!query.kinds) return await read(shown.index("listed"), null);
  const ranges = query.kinds.map((kind) => IDBKeyRange.bound([kind], [kind, []]));
  const lists = await Promise.all(ranges.map((range) => read(shown.index("kind_listed"), range)));
  return lists.flat().sort(newestFirst).slice(0, query.limit);
}

type ShownIndex = IDBPIndex<DeviceSchema, DeviceStores, "shown", "listed" | "kind_listed", "readonly" | "readwrite">;

/** Keys first, then the rows together: opening a sealed row takes longer than finding it. */
async function newest(tx: ReadTx, index: ShownIndex, range: IDBKeyRange | null, limit: number): Promise<ShownRow[]> {
  const ids: string[] = [];
  let cursor = await index.openKeyCursor(range, "prev");
  while (cursor && ids.length < limit) {
    ids.push(cursor.primaryKey);
    cursor = await cursor.continue();
  }
  const rows = await Promise.all(ids.map((id) => tx.objectStore("shown").get(id)));
  return rows.filter((row) => row !== undefined);
}

/** One `getAll` and a filter in memory: a step of a cursor costs a cheap phone as much as fifty rows of this. */
async function sift(
  tx: ReadTx,
  index: ShownIndex,
  range: IDBKeyRange | null,
  fits: (row: ShownRow) => boolean,
  limit: number,
): Promise<ShownRow[]> {
  const isSmall = (await index.count(range)) <= ROWS_SCANNED_MAX;
  const rows = isSmall ? (await index.getAll(range)).reverse() : await newest(tx, index, range, ROWS_SCANNED_MAX);
  return rows.filter(fits).slice(0, limit);
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
