/** Pages of the feed put together. */
interface Received {
  readonly id: string;
  readonly created: { readonly received_ms: number };
}

/** Each record once, as the newer answer has it, in the feed's own order: last received first. */
export function merged<T extends Received>(newer: readonly T[], older: readonly T[]): readonly T[] {
  const known = new Set(newer.map((item) => item.id));
  const all = [...newer, ...older.filter((item) => !known.has(item.id))];
  const before = (left: T, right: T): number =>
    right.created.received_ms - left.created.received_ms || (left.id < right.id ? 1 : -1);
  return all.sort(before);
}
