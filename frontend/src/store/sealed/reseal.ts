/** Rows that stand under an older key, or under none, are sealed anew: a few at a time, while work goes on. */
import type { DeviceStore } from "../device-store.ts";
import type { DeviceStores, WriteTx } from "../schema.ts";
import { isSealed, isWhole, SEALED_STORES } from "./contents.ts";
import { onDisk, passedOver } from "./transaction.ts";

const ROWS_AT_ONCE = 100;
/** A picture of two megabytes each. */
const FILES_AT_ONCE = 4;
/** Where the generation of the key stands in what is sealed. */
const GENERATION_AT = 1;

type Name = DeviceStores[number];

interface Plain {
  getAllKeys(query: IDBKeyRange | null, count: number): Promise<IDBValidKey[]>;
  get(key: IDBValidKey): Promise<unknown>;
  put(row: unknown, key?: IDBValidKey): Promise<unknown>;
}

export async function reseal(store: Pick<DeviceStore, "write">, generation: number): Promise<void> {
  for (const name of SEALED_STORES) {
    let after: IDBValidKey | null = null;
    do after = await store.write((tx) => resealSome(tx, name as Name, after, generation));
    while (after !== null);
  }
}

/** Gives the last key that was looked at, null at the end of the store. */
async function resealSome(
  tx: WriteTx,
  name: Name,
  after: IDBValidKey | null,
  generation: number,
): Promise<IDBValidKey | null> {
  const [disk, rows] = [onDisk(tx).objectStore(name), tx.objectStore(name)] as unknown as [Plain, Plain];
  const count = isWhole(name) ? FILES_AT_ONCE : ROWS_AT_ONCE;
  const keys = await disk.getAllKeys(after === null ? null : IDBKeyRange.lowerBound(after, true), count);
  for (const key of keys) {
    if (generationOf(await disk.get(key)) === generation) continue;
    const row = await rows.get(key).catch(passedOver);
    // What does not open stays as it is.
    if (row === undefined) continue;
    await (isWhole(name) ? rows.put(row, key) : rows.put(row));
  }
  return keys.length < count ? null : (keys.at(-1) ?? null);
}

/** 0 for a row that is not sealed. */
function generationOf(row: unknown): number {
  const bytes = isSealed(row) ? row.sealed : row instanceof ArrayBuffer ? row : null;
  return bytes ? (new Uint8Array(bytes)[GENERATION_AT] ?? 0) : 0;
}
