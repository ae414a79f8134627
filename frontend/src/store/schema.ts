/** What one device keeps: one database per device id, so that two officers on one phone never mix (P1). */
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from "idb";
import type { Operation, Receipt, ServerRecord } from "../sync/core/record.ts";
import type { Value } from "../sync/core/value.ts";

export const SCHEMA_VERSION = 7;

/** An operation without a receipt; `tag` is its own, and can be read while the app is locked. */
export interface OutboxRow {
  readonly n: number;
  readonly record: string;
  readonly tag?: string;
  readonly operation: Operation;
  readonly saved_ms: number;
  /** On the disk of a phone whose lock is set: the same, sealed to the server. */
  readonly box?: string;
}

/** An operation with its receipt, kept for as long as a restored server may ask for it again (P20). */
export interface ReceiptedRow {
  readonly n: number;
  readonly record: string;
  readonly tag?: string;
  readonly operation: Operation;
  readonly receipt: Receipt;
  readonly receipted_ms: number;
  /** Present while it is shown over the server's record: it is held, or that record has not come yet (P30). */
  readonly overlay?: 1;
}

export function withoutOverlay({ overlay: _, ...row }: ReceiptedRow): ReceiptedRow {
  return row;
}

/** The server's record as it came; `pass` says which first pull brought it (P20). */
export interface RecordRow {
  readonly partition: string;
  readonly id: string;
  readonly pass: number;
  readonly record: ServerRecord;
}

export interface CursorRow {
  readonly partition: string;
  readonly cursor: string | null;
  readonly pass: number;
  readonly complete: boolean;
  /** Records that this pass has brought, for a progress that people see. */
  readonly brought: number;
}

/** One record as it is shown, made anew in every transaction that touches what it is made of. */
export interface ShownRow {
  readonly id: string;
  readonly kind: string;
  readonly partition: string;
  readonly fields: Readonly<Record<string, Value>>;
  readonly conflicts: readonly string[];
  readonly waiting_n: readonly number[];
  readonly held_codes: readonly string[];
  readonly created_ms: number;
  readonly changed_ms: number;
  readonly author: { readonly id: string; readonly name: string };
  readonly flags: readonly string[];
  /** Text of all fields, folded for search. */
  readonly folded: string;
  readonly parent?: string;
  /** Where it stands in lists; absent when it is void, which keeps it out of them. */
  readonly listed_ms?: number;
  readonly open_patrol?: 1;
  /** A person has something to decide: which of several values stands, or whether a void record is restored. */
  readonly undecided?: 1;
  /** Something of it is in the outbox. */
  readonly waiting?: 1;
  /** The server holds something of it. */
  readonly held?: 1;
  /** The transaction that wrote it: what changed since some moment is found by it. */
  readonly rev?: number;
}

export interface AreaRow {
  readonly id: string;
  readonly code: string | null;
  readonly kind: string;
  readonly type_word?: string;
  readonly name: string;
  readonly full_name: string;
  readonly parent: string | null;
}

/**
 * Where a photo stands on its way: taken for a form that is not saved yet; to be sent; in need of a person; its record
 * is void; the server has every byte; and, when the full picture has left the phone, the thumbnail alone.
 */
export type PhotoState = "draft" | "pending" | "refused" | "removed" | "received" | "thumbnail";

/** A photo of this phone beside its record of kind `photo`; the bytes stand apart, so that lists never read them (P23). */
export interface PhotoRow {
  /** The photo's record. */
  readonly id: string;
  readonly state: PhotoState;
  /** The record that it hangs on; of a draft, the form that it was taken for. */
  readonly parent: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
  readonly taken_ms: number;
  readonly saved_ms: number;
  /** Where the server takes its bytes, how many it has, and the tab that saw it say so. */
  readonly upload: { readonly url: string; readonly offset: number; readonly by: string } | null;
  /** Failures in a row of this photo alone. */
  readonly failures: number;
  readonly not_before_ms: number;
  readonly code: string | null;
  /** When it was received or removed. */
  readonly settled_ms: number | null;
}

export type PhotoSize = "full" | "thumb";

/** What stands in a form that is not saved, so that opening it again goes on where it was left. */
export interface DraftRow {
  /** The form, and the record that it is about where it makes none. */
  readonly form: string;
  /** The record that it makes or changes. */
  readonly record: string;
  readonly kind: string;
  /** Every control's name and text, in their order. */
  readonly typed: readonly (readonly [name: string, text: string])[];
  readonly saved_ms: number;
  /** A form that changes a record: the record as it stood when the form was opened, with its heads (P5). */
  readonly opened?: unknown;
}

/** A point of a patrol's track that is no record yet. Its time stays readable: a locked phone goes on after it. */
export interface TrackPointRow {
  readonly patrol: string;
  readonly at_ms: number;
  readonly lat_e6: number;
  readonly lon_e6: number;
  readonly accuracy_m: number;
  /** Why there is nothing between it and the one before. */
  readonly cause?: "closed" | "hidden" | "no_fix" | "screen_off";
}

export interface PartitionRow {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly access: "read" | "write";
}

export interface Meta {
  readonly next_n: number;
  readonly epoch: string;
  readonly seen_n: number;
  readonly clock: { readonly offset_ms: number; readonly learnt_wall_ms: number };
  readonly last_success_ms: number;
  readonly device_state: "active" | "lost" | "retired";
  /** Numbers of receipted operations that a restored server is still to be offered again (P20). */
  readonly offered: { readonly next_n: number; readonly last_n: number } | null;
  /** A partition is no longer listed, and own receipted operations of it may have to go (P19). */
  readonly has_left: boolean;
  /** Of the last transaction that wrote what is shown. */
  readonly shown_rev: number;
  readonly areas: { readonly unit: string; readonly etag: string | null; readonly asked_ms: number };
}

export interface DeviceSchema extends DBSchema {
  meta: { key: string; value: unknown };
  outbox: { key: number; value: OutboxRow; indexes: { record: string } };
  receipted: { key: number; value: ReceiptedRow; indexes: { record: string; overlay: number; receipted_ms: number } };
  records: { key: [string, string]; value: RecordRow; indexes: { id: string } };
  cursors: { key: string; value: CursorRow };
  partitions: { key: string; value: PartitionRow };
  /** Of earlier versions; what is held stands with its operation in `receipted`. */
  held: { key: number; value: { readonly n: number; readonly code: string } };
  areas: { key: string; value: AreaRow };
  photos: { key: string; value: PhotoRow; indexes: { state: [string, number]; parent: string } };
  drafts: { key: [string, string]; value: DraftRow };
  photo_files: { key: [string, PhotoSize]; value: ArrayBuffer };
  track_points: { key: [string, number]; value: TrackPointRow };
  shown: {
    key: string;
    value: ShownRow;
    indexes: {
      listed: number;
      kind_listed: [string, number];
      parent: string;
      open_patrol: number;
      undecided: number;
      waiting: number;
      held: number;
      rev: [number, string];
    };
  };
}

export type DeviceDb = IDBPDatabase<DeviceSchema>;
export type DeviceStores = StoreNames<DeviceSchema>[];
export type ReadTx = IDBPTransaction<DeviceSchema, DeviceStores, "readonly" | "readwrite">;
export type WriteTx = IDBPTransaction<DeviceSchema, DeviceStores, "readwrite">;
export type UpgradeTx = IDBPTransaction<DeviceSchema, DeviceStores, "versionchange">;

export const ALL_STORES: DeviceStores = [
  "meta",
  "outbox",
  "receipted",
  "records",
  "cursors",
  "partitions",
  "held",
  "areas",
  "shown",
  "photos",
  "photo_files",
  "drafts",
  "track_points",
];

/** Creates what a version lacks. An upgrade adds; it never rewrites an operation without a receipt (P7). */
export function upgradeDevice(db: DeviceDb, fromVersion: number, tx: UpgradeTx): void {
  if (fromVersion < 1) createFirst(db);
  if (fromVersion < 2) createPhotos(db);
  if (fromVersion < 6) indexMarks(tx).catch(() => tx.abort());
  if (fromVersion < 5) createDrafts(db, tx).catch(() => tx.abort());
  if (fromVersion < 7) db.createObjectStore("track_points", { keyPath: ["patrol", "at_ms"] });
}

/** Texts of forms used to stand in `meta`, and only while the camera was open. */
async function createDrafts(db: DeviceDb, tx: UpgradeTx): Promise<void> {
  const drafts = db.createObjectStore("drafts", { keyPath: ["form", "record"] });
  const before = IDBKeyRange.bound(TYPED, `${TYPED}\uffff`);
  for (let cursor = await tx.objectStore("meta").openCursor(before); cursor; cursor = await cursor.continue()) {
    const form = cursor.key.slice(TYPED.length);
    const kept = cursor.value as Pick<DraftRow, "record" | "typed">;
    // The results of a patrol are read against the record as it is; a new one goes on with its photos.
    if (!form.includes(" ")) await drafts.put({ ...kept, form, kind: form, saved_ms: 0 });
    await cursor.delete();
  }
}

const TYPED = "typed ";

/** Rows from before get their marks here; a failure aborts the upgrade, and the next start tries it again. */
async function indexMarks(tx: UpgradeTx): Promise<void> {
  const shown = tx.objectStore("shown");
  for (const name of ["undecided", "waiting", "held"] as const)
    if (!shown.indexNames.contains(name)) shown.createIndex(name, name);
  shown.createIndex("rev", ["rev", "id"]);
  await tx.objectStore("meta").put(1, "shown_rev");
  for (let cursor = await shown.openCursor(); cursor; cursor = await cursor.continue()) {
    await cursor.update({ ...cursor.value, ...marksOf(cursor.value), rev: 1 });
  }
}

/** What a row is found by. */
export function marksOf({
  conflicts,
  flags,
  waiting_n,
  held_codes,
}: Pick<ShownRow, "conflicts" | "flags" | "waiting_n" | "held_codes">): Pick<
  ShownRow,
  "undecided" | "waiting" | "held"
> {
  return {
    ...(conflicts.length > 0 || flags.some(isUndecided) ? { undecided: 1 } : {}),
    ...(waiting_n.length > 0 ? { waiting: 1 } : {}),
    ...(held_codes.length > 0 ? { held: 1 } : {}),
  };
}

/** What a person is asked to decide. */
function isUndecided(flag: string): boolean {
  return flag === "conflict" || flag === "edited_while_void";
}

function createPhotos(db: DeviceDb): void {
  const photos = db.createObjectStore("photos", { keyPath: "id" });
  photos.createIndex("state", ["state", "saved_ms"]);
  photos.createIndex("parent", "parent");
  db.createObjectStore("photo_files");
}

function createFirst(db: DeviceDb): void {
  db.createObjectStore("meta");
  db.createObjectStore("outbox", { keyPath: "n" }).createIndex("record", "record");
  const receipted = db.createObjectStore("receipted", { keyPath: "n" });
  receipted.createIndex("record", "record");
  receipted.createIndex("overlay", "overlay");
  receipted.createIndex("receipted_ms", "receipted_ms");
  db.createObjectStore("records", { keyPath: ["partition", "id"] }).createIndex("id", "id");
  db.createObjectStore("cursors", { keyPath: "partition" });
  db.createObjectStore("partitions", { keyPath: "id" });
  db.createObjectStore("held", { keyPath: "n" });
  db.createObjectStore("areas", { keyPath: "id" });
  const shown = db.createObjectStore("shown", { keyPath: "id" });
  shown.createIndex("listed", "listed_ms");
  shown.createIndex("kind_listed", ["kind", "listed_ms"]);
  shown.createIndex("parent", "parent");
  shown.createIndex("open_patrol", "open_patrol");
}

export async function readMeta<K extends keyof Meta>(tx: ReadTx, key: K): Promise<Meta[K] | undefined> {
  return (await tx.objectStore("meta").get(key)) as Meta[K] | undefined;
}

export async function writeMeta<K extends keyof Meta>(tx: WriteTx, key: K, value: Meta[K]): Promise<void> {
  await tx.objectStore("meta").put(value, key);
}
