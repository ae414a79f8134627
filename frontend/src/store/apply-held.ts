/** What the server still holds of this device's operations (P15, P30). */
import type { Answer } from "../sync/core/exchange.ts";
import { HELD_LISTED_MAX } from "../sync/core/limits.ts";
import { offeredRange } from "./offering.ts";
import type { ReceiptedRow, WriteTx } from "./schema.ts";
import type { Touched } from "./shown.ts";

const FORKED = "forked";

/** `device.held` of one answer. It names numbers; two operations may have the same one in a cloned profile (A18). */
export class HeldList {
  readonly #codes = new Map<number, string[]>();
  /** A list of the longest length may have been cut: an absence in it proves nothing. */
  readonly #isWhole: boolean;

  constructor(held: Answer["device"]["held"]) {
    for (const { n, code } of held) this.#codes.set(n, [...(this.#codes.get(n) ?? []), code]);
    this.#isWhole = held.length < HELD_LISTED_MAX;
  }

  get numbers(): readonly number[] {
    return [...this.#codes.keys()];
  }

  isWithout(n: number): boolean {
    return this.#isWhole && !this.#codes.has(n);
  }

  /** The first operation of a number stays the first (P14): it never becomes `forked`, and a forked one nothing else. */
  codeOf({ n, receipt }: ReceiptedRow): string | undefined {
    return this.#codes.get(n)?.find((code) => (code === FORKED) === (receipt.code === FORKED));
  }

  /** No longer there: it was released, or closed. */
  isReleased(row: ReceiptedRow): boolean {
    return this.#isWhole && row.receipt.status === "held" && this.codeOf(row) === undefined;
  }
}

/** Looks at what is shown on top and at what is listed, never at the whole history. */
export async function settleHeld(tx: WriteTx, held: HeldList, touched: Touched): Promise<void> {
  const receipted = tx.objectStore("receipted");
  const overlaid = await receipted.index("overlay").getAll();
  const seen = new Set(overlaid.map((row) => row.n));
  // Accepted long ago, and held again by a server that was restored from a day when its author had no role.
  const others = await Promise.all(held.numbers.filter((n) => !seen.has(n)).map((n) => receipted.get(n)));
  // A restored server's list says nothing of what it has still to be offered.
  const offered = await offeredRange(tx);
  for (const row of [...overlaid, ...others]) {
    const next = row && settled(row, held, offered?.includes(row.n) ?? false);
    if (!next) continue;
    await receipted.put(next);
    touched.touch(row.record);
  }
}

/** Null where nothing changes. */
function settled(row: ReceiptedRow, held: HeldList, isOffered: boolean): ReceiptedRow | null {
  const code = held.codeOf(row);
  if (code !== undefined && row.receipt.code !== code)
    return { ...row, overlay: 1, receipt: { ...row.receipt, status: "held", code } };
  return held.isReleased(row) && !isOffered ? released(row) : null;
}

/** Released: shown on top until the record's own copy has come, like any accepted one; closed: until the feed's end. */
function released({ receipt, ...row }: ReceiptedRow): ReceiptedRow {
  const { code: _, ...told } = receipt;
  return { ...row, receipt: { ...told, status: "accepted" } };
}
