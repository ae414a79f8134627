/** What the screens may ask of the engine: recording, reading, sync state, sign-in. Screens know nothing below this. */
import type { ReadonlySignal } from "@preact/signals";
import type { Verdict } from "../keys/attempts.ts";
import type { WayKind } from "../keys/keyring.ts";
import type { Photos } from "../photos/contract.ts";
import type { KnownHeads } from "../store/undecided.ts";
import type { MergedFields } from "../sync/core/overlay.ts";
import type { Point, TrackEnd } from "../tracks/segments.ts";

export type Value = null | boolean | number | string | Value[] | { [name: string]: Value };

export interface Session {
  readonly user: {
    readonly id: string;
    readonly username: string;
    readonly name: string;
    readonly role: "officer" | "team_member" | "commander" | "coordinator" | "leader" | "admin";
    readonly areas: readonly { readonly id: string; readonly code: string; readonly name: string }[];
  };
  readonly device: { readonly id: string; readonly name: string; readonly state: "active" | "lost" | "retired" };
  /** The unit wants this phone locked; nothing is shown before it is. */
  readonly isLockRequired?: true;
  /** What this browser has erased before: records that the server has, operations that it has not heard of. */
  readonly lostStore?: { readonly received: number; readonly unsent: number };
  /** The unit keeps tracks of its patrols. */
  readonly isTracked?: true;
}

export interface Partition {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly access: "read" | "write";
}

/** waiting = in the outbox; sending = in the batch in flight; received = receipt stored; held = receipted with a code. */
export type RecordState = "waiting" | "sending" | "received" | "held";

/** A record as the phone shows it (P30): the server's record with own unreceipted and held operations on top. */
export interface ShownRecord {
  readonly id: string;
  readonly kind: string;
  readonly partition: string;
  readonly fields: Readonly<Record<string, Value>>;
  readonly conflicts: readonly string[];
  readonly state: RecordState;
  readonly heldCodes: readonly string[];
  readonly createdMs: number;
  readonly changedMs: number;
  readonly author: { readonly id: string; readonly name: string };
  readonly flags: readonly string[];
  /** The heads that these values are, where a form is about to be filled in (`Change.seen`). */
  readonly seen?: MergedFields;
}

/** One record's new values: absent = untouched, null = cleared. Fields of one call become one operation per record. */
export interface Change {
  readonly record: string;
  readonly kind: string;
  readonly partition: string;
  readonly set: Readonly<Record<string, Value>>;
  /** Fields whose conflict this decides: every head that was seen is replaced, not the shown one only (P5). */
  readonly decides?: readonly string[];
  /** The heads as the person saw them (`Decisions.heads`); without it, as they are when it is saved. */
  readonly seen?: MergedFields;
}

/** An operation of this phone that the server keeps without counting it, with the code that says why. */
export interface HeldOperation {
  readonly n: number;
  readonly record: string;
  readonly kind: string;
  readonly set: Readonly<Record<string, Value>>;
  readonly code: string;
  readonly receivedMs: number;
}

/** What people have to decide, and what it is decided from. */
export interface Decisions {
  heads(record: string): Promise<KnownHeads>;
  /** Records with several values for a field, or edited while they were void; the last changed first. */
  undecided(limit: number): Promise<readonly ShownRecord[]>;
  /** Own held operations, of one record or of all. */
  held(record?: string): Promise<readonly HeldOperation[]>;
  /** Records with operations that have no receipt, void ones too. */
  unsent(limit: number): Promise<readonly ShownRecord[]>;
}

/** A form that is not saved (state "Nháp"); opening it again goes on where it was left. */
export interface Draft {
  readonly form: string;
  /** The record that it makes or changes. */
  readonly record: string;
  readonly kind: string;
  readonly typed: readonly (readonly [name: string, text: string])[];
  readonly savedMs: number;
  /** Of a form that changes a record: the record as somebody saw it when they opened the form. */
  readonly opened: ShownRecord | null;
}

export type DraftName = Pick<Draft, "form" | "record">;

export interface Drafts {
  /**
   * Resolves when the draft is on disk; rejects with `storage-full`, and with `draft-settled` where it is known to this
   * tab and was saved or thrown away in another one. `isLast`: screens that list drafts look again.
   */
  keep(draft: Omit<Draft, "savedMs">, how?: { readonly isKnown?: boolean; readonly isLast?: boolean }): Promise<void>;
  read(form: string): Promise<Draft | null>;
  /** The last one that was worked on first. */
  list(): Promise<readonly Draft[]>;
  /** Thrown away by a person, with its photos. */
  drop(draft: DraftName): Promise<void>;
}

/** Points of tracks on their way to records of kind `track`. */
export interface Tracks {
  /** The patrol that is open, and the time of what was last kept of it; also while the app is locked. */
  open(): Promise<{ readonly patrol: string; readonly lastMs: number | null } | null>;
  /** Resolves when they are on the disk; also while the app is locked. */
  keep(patrol: string, points: readonly Point[]): Promise<void>;
  /** Rejects with `locked`. */
  points(patrol: string): Promise<readonly Point[]>;
  /** Patrols with points that are no records yet. */
  waiting(): Promise<readonly string[]>;
  /** Makes records of what is full, with an end of everything. Rejects with `locked`. */
  save(patrol: string, end: TrackEnd | null): Promise<void>;
}

export interface SyncStatus {
  readonly phase: "idle" | "sending" | "waiting-to-retry" | "needs-sign-in" | "stopped";
  readonly offline: boolean;
  readonly waitingRecords: number;
  readonly heldRecords: number;
  /** Photos of this phone whose bytes the server has not: on their way, and in need of a person. */
  readonly waitingPhotos: number;
  readonly refusedPhotos: number;
  /** Forms that are not saved, and photos taken for them. */
  readonly draftForms: number;
  readonly draftPhotos: number;
  readonly lastSuccessMs: number | null;
  readonly nextTryMs: number | null;
  /** Code from the catalogue of problems, of the last exchange that failed. */
  readonly problem: string | null;
  /** Null when every partition is complete; else how many records the first load has brought so far. */
  readonly firstLoadRecords: number | null;
  readonly updateReady: boolean;
  /** A row that is stored on this phone was changed or damaged. */
  readonly hasDamaged: boolean;
  readonly clockOffsetMs: number | null;
}

/** Sending photos; at rest, and empty, until the first photo of a visit. */
export interface PhotoStatus {
  readonly phase: "resting" | "working" | "waiting" | "needs-sign-in";
  readonly problem: string | null;
  readonly nextTryMs: number | null;
  readonly sending: { readonly id: string; readonly sentBytes: number; readonly bytes: number } | null;
  /** By record: photos received, of all; only records that still miss some ("ảnh 2/3", P23). */
  readonly byRecord: ReadonlyMap<string, { readonly done: number; readonly total: number }>;
}

/** A file of records that this phone could not send (P29); it goes on after `lastN` where something is left. */
export interface SealedFile {
  readonly name: string;
  readonly bytes: ArrayBuffer;
  readonly operations: number;
  readonly lastN: number;
  readonly left: number;
}

export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly status: number;
  /** What the sentence of a code that this phone finds itself is filled with. */
  readonly values?: Readonly<Record<string, string | number>>;
  /** What is wrong with single members of what was sent (422). */
  readonly errors?: readonly { readonly pointer: string; readonly code: string; readonly detail: string }[];
}
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** A conditional GET of the JSON API: `etag` given back answers `unchanged` on 304. */
export interface Fetched<T> {
  readonly unchanged: boolean;
  readonly etag: string | null;
  readonly body: T | null;
}

export interface LockStatus {
  /** False where nobody is at work, or the browser gives no crypto. */
  readonly isPossible: boolean;
  readonly isSet: boolean;
  /** What is recorded is kept, and nothing that was recorded before is shown or sent. */
  readonly isLocked: boolean;
  /** Somebody has lately said that it can wait. */
  readonly isPutOff: boolean;
  /** The secret was given up: the next sign-in hands in what waits and begins anew. */
  readonly isGivenUp: boolean;
  readonly ways: readonly WayKind[];
}

/** The lock of the app: what the phone keeps is sealed under a key that only unlocking gives. */
export interface Locking {
  hasPasskeys(): Promise<boolean>;
  /** A secret of none is a passkey's. Refused with `lock-secret` where it is too short or too plain. */
  set(kind: WayKind, secret?: string): Promise<Outcome<null>>;
  verdict(kind: WayKind): Promise<Verdict>;
  unlock(kind: WayKind, secret?: string): Promise<Outcome<null>>;
  /** Takes the lock off; asked with what unlocks it. */
  unset(kind: WayKind, secret?: string): Promise<Outcome<null>>;
  lock(): Promise<void>;
  /** Nobody is asked to set it for a week. */
  putOff(): Promise<void>;
  /** Nobody knows the secret any more: signing in hands in what waits and begins anew. */
  forget(): Promise<void>;
}

/** Somebody else who works with this phone: their store is theirs, and they go on by what unlocks it. */
export interface OtherUser {
  readonly device: string;
  readonly username: string;
  readonly name: string;
  /** Records that neither they nor anybody else of this phone has handed in. */
  readonly waitingRecords: number;
  /** False: only their password lets them go on. */
  readonly hasLock: boolean;
}

export interface OtherUsers {
  list(): Promise<readonly OtherUser[]>;
  /** Whoever is at work is put away, with all that waits. False where that user is not here any more, or has no lock. */
  switchTo(device: string): Promise<boolean>;
}

export interface Engine {
  readonly session: ReadonlySignal<Session | null>;
  readonly status: ReadonlySignal<SyncStatus>;
  readonly partitions: ReadonlySignal<readonly Partition[]>;
  /** Bumped after every local write and every merged pull; screens re-query on it. */
  readonly revision: ReadonlySignal<number>;
  readonly photoStatus: ReadonlySignal<PhotoStatus>;
  readonly lock: ReadonlySignal<LockStatus>;
  /** Rejects where their code cannot be fetched. */
  locking(): Promise<Locking>;
  /** Whether anybody else works with this phone; costs no code. */
  hasOthers(): Promise<boolean>;
  /** Rejects where their code cannot be fetched. */
  others(): Promise<OtherUsers>;

  signIn(username: string, password: string): Promise<Outcome<Session>>;
  /** Whoever signed in has read what was erased. */
  heardOfLoss(): Promise<void>;
  /** Refused with `unsent-remain` while the outbox is not empty or a photo has not been received. */
  signOut(): Promise<Outcome<null>>;

  newId(): string;
  nowMs(): number;
  /**
   * Resolves only when the strict transaction is complete; rejects with `storage-full` and keeps nothing half. `draft`:
   * the form that made the changes, which goes with them.
   */
  save(changes: readonly Change[], draft?: DraftName): Promise<Outcome<null>>;
  record(id: string): Promise<ShownRecord | null>;
  children(parent: string): Promise<readonly ShownRecord[]>;
  /** Newest first by `started_at`, else by creation; `text` folds tones and đ. */
  list(query: {
    kinds?: readonly string[];
    own?: boolean;
    text?: string;
    limit: number;
  }): Promise<readonly ShownRecord[]>;
  /** The own patrol that has a start and no end, if any, with its heads. Rejects with `locked` where it cannot be opened. */
  openPatrol(): Promise<ShownRecord | null>;
  /** Areas of the own unit kept on the phone (hamlets, quarters, groups), and reference records by kind. */
  areas(): Promise<readonly Area[]>;
  /** Rejects where their code cannot be fetched. */
  photos(): Promise<Photos>;
  decisions(): Promise<Decisions>;
  drafts(): Promise<Drafts>;
  tracks(): Promise<Tracks>;

  /** The outbox in a file that only the server opens; the outbox keeps it. Refused with `sealing-unavailable`. */
  exportUnsent(afterN?: number): Promise<Outcome<SealedFile>>;

  /** One exchange at once, and the areas with it. */
  sendNow(): void;
  applyUpdate(): void;
  storage(): Promise<{ usedBytes: number | null; quotaBytes: number | null; persisted: boolean | null }>;
  get<T>(path: string, etag?: string | null): Promise<Outcome<Fetched<T>>>;
  post<T>(path: string, body: BodyInit | object, contentType?: string): Promise<Outcome<T>>;
  /** What this person was shown once for all on this phone, such as the tour. */
  hasSeen(what: string): Promise<boolean>;
  keepSeen(what: string): Promise<void>;
  language: ReadonlySignal<"vi" | "en">;
  setLanguage(language: "vi" | "en"): Promise<void>;
}

export interface Area {
  readonly id: string;
  readonly code: string | null;
  readonly kind: string;
  readonly name: string;
  readonly full_name: string;
  readonly parent: string | null;
}
