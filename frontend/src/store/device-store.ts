/** The store of one device: every use case is one transaction, and every write is a strict one. */
import type { Answer } from "../sync/core/exchange.ts";
import { type AnswerMoment, applyAnswer } from "./apply-answer.ts";
import { type Connection, connect, isStorageFull, StoreGone } from "./connection.ts";
import { type DraftName, settleDraft } from "./drafts.ts";
import { type BareStore, type Keeping, NO_KEEPING, type OpenKeeping } from "./keeping.ts";
import { Listing } from "./listing.ts";
import { type Batch, countRecords, nextBatch } from "./outbox.ts";
import { countPhotos, type PhotoCounts } from "./photo-rows.ts";
import { childrenOf, type ListQuery, listShown, openPatrol } from "./read.ts";
import {
  makeTight,
  PatrolOpen,
  type SaveChange,
  type SaveMoment,
  saveChanges,
  savedIn,
  Unsendable,
  WithoutRoom,
} from "./save.ts";
import {
  ALL_STORES,
  type AreaRow,
  type CursorRow,
  type DeviceDb,
  type DeviceSchema,
  type Meta,
  type PartitionRow,
  type ReadTx,
  readMeta,
  SCHEMA_VERSION,
  type ShownRow,
  upgradeDevice,
  type WriteTx,
  writeMeta,
} from "./schema.ts";
import type { RowCipher } from "./sealed/cipher.ts";
import { type SealedTx, sealedTx } from "./sealed/transaction.ts";
import type { Owner } from "./shown.ts";

export type SaveResult = "saved" | "storage-full" | "value-invalid" | "not-signed-in" | "another-patrol-open";

/** What the engine shows of the store as a whole. */
export interface Summary extends PhotoCounts {
  readonly waitingRecords: number;
  readonly heldRecords: number;
  /** Forms that are not saved. */
  readonly draftForms: number;
  /** Of tracks, that are no records yet. */
  readonly trackPoints: number;
  readonly partitions: readonly PartitionRow[];
  readonly cursors: readonly CursorRow[];
  readonly clock: Meta["clock"] | null;
  readonly lastSuccessMs: number | null;
}

export interface DeviceStore {
  readonly owner: Owner;
  /** Nothing is written or sent before; true when something that was lost has come back. */
  ready(): Promise<boolean>;
  /** `draft`: the form that made them, gone in the same transaction. */
  save(changes: readonly SaveChange[], moment: SaveMoment, draft?: DraftName): Promise<SaveResult>;
  /** True when something that is shown may have changed. */
  apply(answer: Answer, moment: AnswerMoment): Promise<boolean>;
  batch(operationsMax: number, bytesMax: number): Promise<Batch>;
  summary(): Promise<Summary>;
  record(id: string): Promise<ShownRow | null>;
  children(parent: string): Promise<ShownRow[]>;
  list(query: ListQuery): Promise<ShownRow[]>;
  /** Reads what lists are searched by; until then they show what stands newest. */
  readListing(): Promise<void>;
  openPatrol(): Promise<ShownRow | null>;
  areas(): Promise<AreaRow[]>;
  areasMeta(): Promise<Meta["areas"] | null>;
  /** Null keeps the areas and only notes the time. */
  keepAreas(areas: readonly AreaRow[] | null, meta: Meta["areas"]): Promise<void>;
  /** One transaction of another module of the store. */
  read<T>(work: (tx: ReadTx) => Promise<T>): Promise<T>;
  write<T>(work: (tx: WriteTx) => Promise<T>): Promise<T>;
  /** One of the drafts alone: it waits for nothing that an exchange writes. */
  writeDrafts<T>(work: (tx: WriteTx) => Promise<T>): Promise<T>;
  /** One of the points of a track alone. */
  writeTrack<T>(work: (tx: WriteTx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
  destroy(): Promise<void>;
}

export function openDeviceStore(
  owner: Owner,
  openKeeping: OpenKeeping = async () => NO_KEEPING,
  onGone: () => void = () => undefined,
  cipher: RowCipher | null = null,
  /** What its database is named after, before the device. */
  family = "diaban",
): DeviceStore {
  const connection = connect<DeviceSchema>({
    name: `${family}-${owner.device}`,
    version: SCHEMA_VERSION,
    upgrade: upgradeDevice,
    onGone,
  });
  const user = owner.user.id;
  const sealed: Sealed | null = cipher && { cipher, device: owner.device };
  const read = <T>(work: (tx: ReadTx) => Promise<T>) => inRead(connection, sealed, work);
  const bare: BareStore = { owner, cipher, read, write: (work) => inWrite(connection, sealed, work) };
  const listing = new Listing();
  const opened = openKeeping(bare);
  const write = async <T>(work: (tx: WriteTx) => Promise<T>) => await writeTwice(bare, await opened, work);
  return {
    owner,
    ready: async () => (await opened).isRestored,
    save: async (changes, moment, draft) => await save(bare, await opened, { changes, moment, draft }),
    apply: async (answer, moment) => await apply(bare, await opened, answer, moment),
    batch: async (operationsMax, bytesMax) => {
      await opened;
      return await read((tx) => nextBatch(tx, operationsMax, bytesMax));
    },
    summary: () => read(summarise),
    record: (id) => read(async (tx) => (await tx.objectStore("shown").get(id)) ?? null),
    children: (parent) => read((tx) => childrenOf(tx, parent)),
    list: (query) => read((tx) => listShown(tx, query, user, listing)),
    readListing: async () => {
      while (!(await read((tx) => listing.readOn(tx)))) await pause();
    },
    openPatrol: () => read(openPatrol),
    areas: () => read((tx) => tx.objectStore("areas").getAll()),
    areasMeta: () => read(async (tx) => (await readMeta(tx, "areas")) ?? null),
    keepAreas: (areas, meta) => write((tx) => keepAreas(tx, areas, meta)),
    read,
    write,
    writeDrafts: (work) => inWrite(connection, sealed, work, ["drafts"]),
    writeTrack: (work) => inWrite(connection, sealed, work, ["track_points"]),
    close: async () => {
      await (await opened).close();
      await connection.close();
    },
    destroy: connection.destroy,
  };
}

/** Whoever taps meanwhile is answered first. */
const pause = () => new Promise<void>((done) => setTimeout(done, 0));

/** Null: a phone without a key, whose rows stand as they are. */
interface Sealed {
  readonly cipher: RowCipher;
  readonly device: string;
}

const asItIs = <Tx>(tx: Tx): SealedTx<Tx> => ({ tx, flush: async () => undefined });

async function inRead<T>(
  connection: Connection<DeviceSchema>,
  sealed: Sealed | null,
  work: (tx: ReadTx) => Promise<T>,
): Promise<T> {
  return await connection.run(
    (db) => db.transaction(ALL_STORES, "readonly") as ReadTx,
    async (tx) => await work(sealed ? sealedTx(tx, sealed.cipher, sealed.device).tx : tx),
  );
}

/** Resolves only when the transaction is complete on disk: `relaxed`, the default, may lose it with the power. */
async function inWrite<T>(
  connection: Connection<DeviceSchema>,
  sealed: Sealed | null,
  work: (tx: WriteTx) => Promise<T>,
  stores = ALL_STORES,
): Promise<T> {
  const begin = (db: DeviceDb): WriteTx => db.transaction(stores, "readwrite", { durability: "strict" });
  return await connection.run(begin, async (real) => {
    // Awaited below in every case; without this an abort would also be reported as unhandled.
    real.done.catch(() => undefined);
    const { tx, flush } = sealed ? sealedTx(real, sealed.cipher, sealed.device) : asItIs(real);
    try {
      const result = await work(tx);
      await flush();
      await real.done;
      return result;
    } catch (error) {
      abort(real);
      throw real.error ?? error;
    }
  });
}

function abort(tx: WriteTx): void {
  try {
    tx.abort();
  } catch {
    // It has aborted by itself already, which is what was wanted.
  }
}

/** Whatever makes an operation has room for it in the spare copy first; settling what stands needs none. */
async function writeTwice<T>(bare: BareStore, keeping: Keeping, work: (tx: WriteTx) => Promise<T>): Promise<T> {
  const run = (hasRoom: boolean) =>
    bare.write(async (tx) => {
      if (!hasRoom) makeTight(tx);
      return { result: await work(tx), rows: savedIn(tx) };
    });
  const { result, rows } = await run(keeping.hasRoom()).catch(async (error: unknown) => {
    if (!(error instanceof WithoutRoom)) throw error;
    await keeping.room();
    return await run(true);
  });
  await keeping.saved(rows);
  return result;
}

interface Saving {
  readonly changes: readonly SaveChange[];
  readonly moment: SaveMoment;
  readonly draft: DraftName | undefined;
}

async function save(bare: BareStore, keeping: Keeping, { changes, moment, draft }: Saving): Promise<SaveResult> {
  try {
    await writeTwice(bare, keeping, async (tx) => {
      await saveChanges(tx, bare.owner, changes, moment);
      if (draft) await settleDraft(tx, draft);
    });
    return "saved";
  } catch (error) {
    if (error instanceof Unsendable) return "value-invalid";
    if (error instanceof PatrolOpen) return "another-patrol-open";
    if (isStorageFull(error)) return "storage-full";
    // Its user has been wiped from this phone, by another page.
    if (error instanceof StoreGone) return "not-signed-in";
    throw error;
  }
}

async function apply(bare: BareStore, keeping: Keeping, answer: Answer, moment: AnswerMoment): Promise<boolean> {
  const isShown = await bare.write((tx) => applyAnswer(tx, bare.owner, answer, moment));
  await keeping.answered(answer.receipts.map((receipt) => receipt.n));
  return isShown;
}

async function summarise(tx: ReadTx): Promise<Summary> {
  const [counts, photos, draftForms, trackPoints, partitions, cursors, clock, lastSuccess] = await Promise.all([
    countRecords(tx),
    countPhotos(tx),
    tx.objectStore("drafts").count(),
    tx.objectStore("track_points").count(),
    tx.objectStore("partitions").getAll(),
    tx.objectStore("cursors").getAll(),
    readMeta(tx, "clock"),
    readMeta(tx, "last_success_ms"),
  ]);
  return {
    waitingRecords: counts.waiting,
    heldRecords: counts.held,
    ...photos,
    draftForms,
    trackPoints,
    partitions,
    cursors,
    clock: clock ?? null,
    lastSuccessMs: lastSuccess ?? null,
  };
}

async function keepAreas(tx: WriteTx, areas: readonly AreaRow[] | null, meta: Meta["areas"]): Promise<void> {
  if (areas) {
    await tx.objectStore("areas").clear();
    await Promise.all(areas.map((area) => tx.objectStore("areas").put(area)));
  }
  await writeMeta(tx, "areas", meta);
}
