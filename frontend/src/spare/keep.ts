/** Keeps the spare copy true: taken back at the start, then one line for each save, and one for each receipt. */
import type { BareStore, Keeping } from "../store/keeping.ts";
import { type OutboxRow, type PartitionRow, readMeta } from "../store/schema.ts";
import { compare, takeBack } from "../store/take-back.ts";
import type { Entry, Spare, SpareOwner } from "./contract.ts";
import { fromSpare, toSpare } from "./sealed-rows.ts";

/** Room for a patrol's end with all that is saved together with it. */
const ROOM_BYTES_MIN = 32 * 1024;

/** More rows than this are not remembered for files that cannot be written: the next start finds what they lack. */
const OWED_MAX = 500;

export async function openKeeping(
  spare: Spare,
  store: BareStore,
  { session, keyring }: Pick<SpareOwner, "session" | "keyring">,
  nowMs: number,
): Promise<Keeping> {
  // Never write without having read: an operation that nobody else has would be written over by one of its number.
  const kept = await spare.read().catch(() => spare.read());
  const found = await store.read((tx) => compare(tx, kept));
  const rows = await fromSpare(store, found.isBehind ? kept.rows : []);
  const isRestored = found.isBehind;
  if (isRestored) await store.write((tx) => takeBack(tx, store.owner, kept, rows));
  const { gone, lacking } = isRestored ? await store.read((tx) => compare(tx, kept)) : found;
  const owner = { session, partitions: await readPartitions(store), in_ms: nowMs, keyring };
  const keeping = following(spare, store, owner);
  // Not only by the rows: where none waits, the next number is all that there is to keep.
  const next_n = await store.read(async (tx) => (await readMeta(tx, "next_n")) ?? 1);
  const numbers = next_n > kept.next_n ? [{ next_n }] : [];
  await keeping.tell([{ owner }, ...numbers, ...goneEntry(gone), ...(await rowEntries(store, lacking))]);
  return { ...keeping, isRestored };
}

function following(spare: Spare, store: BareStore, begun: SpareOwner) {
  let owner = begun;
  let reserved = 0;
  /** What could not be kept yet, in order. */
  let owed: readonly Entry[] = [];
  let last: Promise<void> = Promise.resolve();
  let isClosed = false;
  const append = async (entries: readonly Entry[]) => {
    if (isClosed) return;
    owed = [...owed, ...entries];
    if (owed.length === 0) return;
    try {
      reserved = await spare.append(owed);
      owed = [];
    } catch {
      reserved = 0;
      if (owed.length > OWED_MAX) owed = owed.filter((entry) => !("row" in entry));
    }
  };
  const tell = (entries: readonly Entry[]) => {
    last = last.then(() => append(entries));
    return last;
  };
  return {
    tell,
    hasRoom: () => reserved >= ROOM_BYTES_MIN,
    room: async () => {
      reserved = await spare.reserve().catch(() => ROOM_BYTES_MIN);
      if (reserved < ROOM_BYTES_MIN) throw new DOMException("no room for the spare copy", "QuotaExceededError");
    },
    saved: async (rows: readonly OutboxRow[]) => tell(await rowEntries(store, rows)),
    close: async () => {
      await last;
      isClosed = true;
    },
    answered: async (receipted: readonly number[]) => {
      if (isClosed) return;
      const partitions = await readPartitions(store);
      const isNew = JSON.stringify(partitions) !== JSON.stringify(owner.partitions);
      if (isNew) owner = { ...owner, partitions };
      await tell([...(isNew ? [{ owner }] : []), ...goneEntry(receipted)]);
    },
  };
}

const rowEntries = (store: BareStore, rows: readonly OutboxRow[]): Promise<Entry[]> =>
  Promise.all(rows.map(async (row) => ({ row: await toSpare(store, row) })));
const goneEntry = (gone: readonly number[]): Entry[] => (gone.length > 0 ? [{ gone }] : []);

async function readPartitions(store: BareStore): Promise<readonly PartitionRow[]> {
  return await store.read((tx) => tx.objectStore("partitions").getAll());
}
