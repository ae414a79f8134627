/** What the store does besides writing to its database: a spare copy of the outbox, where the device has room for one. */
import type { OutboxRow, ReadTx, WriteTx } from "./schema.ts";
import type { RowCipher } from "./sealed/cipher.ts";
import type { Owner } from "./shown.ts";

export interface Keeping {
  /** Something that the database had lost was taken back. */
  readonly isRestored: boolean;
  /** False: ask for room before anything is written that is to be kept here. */
  hasRoom(): boolean;
  /** Rejects as a full disk does, before anything is written, when a save could not be kept here. */
  room(): Promise<void>;
  /** Resolves when it is on the disk. It does not fail: the database has taken the rows, and they are kept when it can be. */
  saved(rows: readonly OutboxRow[]): Promise<void>;
  /** An answer was stored, and these numbers have their receipts. */
  answered(receipted: readonly number[]): Promise<void>;
  /** Once what was begun has ended, nothing more is kept: what follows may be deleted. */
  close(): Promise<void>;
}

/** The store as it is before it waits for what it has lost. */
export interface BareStore {
  readonly owner: Owner;
  readonly cipher: RowCipher | null;
  read<T>(work: (tx: ReadTx) => Promise<T>): Promise<T>;
  write<T>(work: (tx: WriteTx) => Promise<T>): Promise<T>;
}

/** Neither rejects nor takes for ever: everything that is written waits for it. */
export type OpenKeeping = (store: BareStore) => Promise<Keeping>;

export const NO_KEEPING: Keeping = {
  isRestored: false,
  hasRoom: () => true,
  room: async () => undefined,
  saved: async () => undefined,
  answered: async () => undefined,
  close: async () => undefined,
};
