/** The spare copy of what this phone has not sent: outside IndexedDB, which a full disk can destroy as a whole. */
import type { Session } from "../engine/contract.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { BareStore, Keeping } from "../store/keeping.ts";
import type { OutboxRow, PartitionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/session-store.ts";

/** Whose records they are, and where they write: enough to go on recording without a network. */
export interface SpareOwner {
  readonly session: Session;
  readonly partitions: readonly PartitionRow[];
  /** When they were last at work here: of several people on one phone, the last one goes on. */
  readonly in_ms: number;
  /** What opens the rows: it was lost with the database. */
  readonly keyring?: Keyring | undefined;
  /** Somebody has left this phone since: nobody goes on as these without signing in. */
  readonly is_out?: true;
}

/** What the spare copies know of one person's device. */
export interface Found {
  readonly owner: SpareOwner;
  /** Rows that have no receipt. */
  readonly unsent: number;
}

/** A row of the outbox as a line can have it: sealed as in the database, base64url; whole on a phone without a key. */
export type SpareRow = OutboxRow | (Omit<OutboxRow, "operation"> & { readonly sealed: string });

/** One entry of the journal; `next_n` is the number that the next operation gets at least (P1). */
export type Entry =
  | { readonly owner: SpareOwner }
  | { readonly row: SpareRow }
  | { readonly gone: readonly number[] }
  | { readonly next_n: number };

/** Everything that the spare copy of one device says. */
export interface Kept {
  readonly owner: SpareOwner | null;
  readonly next_n: number;
  readonly rows: readonly SpareRow[];
}

/** What the page asks of the worker that holds the files. */
export type Ask =
  | { readonly ask: "append"; readonly device: string; readonly entries: readonly Entry[] }
  | { readonly ask: "reserve" | "read"; readonly device: string }
  | { readonly ask: "owners" };

/** Of one device. */
export interface Spare {
  read(): Promise<Kept>;
  /** Resolves when it is on the disk, with the bytes that are set aside for what comes next. */
  append(entries: readonly Entry[]): Promise<number>;
  /** Sets bytes aside if too few are, and tells how many there are. */
  reserve(): Promise<number>;
}

/** Of all devices that people have had in this browser. */
export interface Spares {
  /** Takes back what the store has lost, then keeps what it writes. */
  keep(store: BareStore, owner: Pick<SpareOwner, "session" | "keyring">, nowMs: number): Promise<Keeping>;
  lostSession(sessions: SessionStore): Promise<Session | null>;
  /** Somebody leaves, and nobody is at work. */
  nobodyAtWork(): Promise<void>;
}

/** The way to them; their code is fetched when they are first asked for something. */
export interface SpareDoor {
  open(): Promise<Spares>;
  /** False where nothing was ever kept; asking costs nothing. Rejects where nobody can tell. */
  isThere(): Promise<boolean>;
  /** Nothing of this device stays. */
  forget(device: string): Promise<void>;
}
