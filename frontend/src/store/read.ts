/** Reading for screens: bounded walks on indexes, never a whole store. */
import type { IDBPIndex } from "idb";
import { fold } from "../sync/core/fold.ts";
import { compareText } from "../sync/core/value.ts";
import type { DeviceSchema, DeviceStores, ReadTx, ShownRow } from "./schema.ts";

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
  const fits = (row: ShownRow) =>
    (!query.own || row.author.id === userId) && words.every((word) => row.folded.includes(word));
  const shown = tx.objectStore("shown");
  if (!query.kinds) return await walk(shown.index("listed"), null, fits, query.limit);
  const ranges = query.kinds.map((kind) => IDBKeyRange.bound([kind], [kind, []]));
  const index = shown.index("kind_listed");
  const lists = await Promise.all(ranges.map((range) => walk(index, range, fits, query.limit)));
  return lists.flat().sort(newestFirst).slice(0, query.limit);
}

type ShownIndex = IDBPIndex<DeviceSchema, DeviceStores, "shown", "listed" | "kind_listed", "readonly" | "readwrite">;

async function walk(
  index: ShownIndex,
  range: IDBKeyRange | null,
  fits: (row: ShownRow) => boolean,
  limit: number,
): Promise<ShownRow[]> {
  const rows: ShownRow[] = [];
  let cursor = await index.openCursor(range, "prev");
  for (let scanned = 0; cursor && rows.length < limit && scanned < ROWS_SCANNED_MAX; scanned += 1) {
    if (fits(cursor.value)) rows.push(cursor.value);
    cursor = await cursor.continue();
  }
  return rows;
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
