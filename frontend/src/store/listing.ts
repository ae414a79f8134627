/**
 * What lists and searches look through: of every record what it is found by, kept in memory, since nothing of a sealed
 * row can be searched on the disk. It is read once after unlocking, a slice at a time; after that only what changed.
 */
import type { ReadTx, ShownRow } from "./schema.ts";
import { onDisk } from "./sealed/transaction.ts";

/** Rows that are opened together: short enough for a slow phone to stay awake. */
const SLICE_ROWS = 200;

export interface Found {
  readonly id: string;
  readonly kind: string;
  readonly author: string;
  readonly listed_ms: number | undefined;
  readonly folded: string;
}

export class Listing {
  readonly #rows = new Map<string, Found>();
  #newest: readonly Found[] | null = null;
  #last: readonly [rev: number, id: string] = [0, ""];
  #isWhole = false;

  /** Reads one slice of what changed; true when nothing is left. */
  async readOn(tx: ReadTx): Promise<boolean> {
    const rows = await tx
      .objectStore("shown")
      .index("rev")
      .getAll(IDBKeyRange.lowerBound(this.#last, true), SLICE_ROWS);
    for (const row of rows) this.#take(row);
    this.#isWhole = rows.length < SLICE_ROWS;
    if (this.#isWhole) await this.#dropGone(tx);
    return this.#isWhole;
  }

  /** Those that can stand in a list, newest first; null until all of them are known. */
  async newest(tx: ReadTx): Promise<readonly Found[] | null> {
    // After the first reading there is little left, most often nothing.
    if (!this.#isWhole || !(await this.readOn(tx))) return null;
    this.#newest ??= [...this.#rows.values()].filter(({ listed_ms }) => listed_ms !== undefined).sort(newestFirst);
    return this.#newest;
  }

  #take({ id, kind, author, listed_ms, folded, rev = 0 }: ShownRow): void {
    this.#rows.set(id, { id, kind, author: author.id, listed_ms, folded });
    this.#last = [rev, id];
    this.#newest = null;
  }

  /** Rows that are gone leave no trace, but their number. */
  async #dropGone(tx: ReadTx): Promise<void> {
    const shown = onDisk(tx).objectStore("shown");
    if ((await shown.count()) === this.#rows.size) return;
    const there = new Set(await shown.getAllKeys());
    for (const id of this.#rows.keys()) if (!there.has(id)) this.#rows.delete(id);
    this.#newest = null;
  }
}

function newestFirst(a: Found, b: Found): number {
  return (b.listed_ms ?? 0) - (a.listed_ms ?? 0) || (a.id < b.id ? 1 : -1);
}
