/** The one door to an IndexedDB database; it opens again when the browser has dropped the connection (A19). */
import { type DBSchema, deleteDB, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from "idb";

export interface Connection<S extends DBSchema> {
  /** Begins a transaction, on a new connection if the old one turns out to be lost, and runs `work` in it. */
  run<Tx, T>(begin: (db: IDBPDatabase<S>) => Tx, work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
  /** Deletes the database for ever; the connection cannot be used again. */
  destroy(): Promise<void>;
}

export interface ConnectionOptions<S extends DBSchema> {
  readonly name: string;
  readonly version: number;
  readonly upgrade: (
    db: IDBPDatabase<S>,
    fromVersion: number,
    tx: IDBPTransaction<S, StoreNames<S>[], "versionchange">,
  ) => void;
  /** What to do when the database is gone; without it, an empty one takes its place. */
  readonly onGone?: (() => void) | undefined;
}

/** The database was deleted under a page that had it open: another page wiped it, or the browser did. */
export class StoreGone extends Error {}

export function connect<S extends DBSchema>({ name, version, upgrade, onGone }: ConnectionOptions<S>): Connection<S> {
  let opened: Promise<IDBPDatabase<S>> | null = null;
  let isKnown = false;
  let isGone = false;

  const forget = () => {
    opened = null;
  };
  const open = () => {
    opened ??= openDB<S>(name, version, {
      upgrade: (db, fromVersion, _to, tx) => {
        // What is saved into an empty store in the place of a wiped one would never be sent.
        isGone = isKnown && fromVersion === 0 && onGone !== undefined;
        if (!isGone) return upgrade(db, fromVersion, tx);
        tx.done.catch(() => undefined);
        tx.abort();
      },
      // Another tab wants a newer version: let it, this tab opens again (or learns that it is too old).
      blocking: (_from, _to, event) => {
        (event.target as IDBDatabase).close();
        forget();
      },
      terminated: forget,
    }).then(
      (db) => {
        isKnown = true;
        return db;
      },
      (error: unknown) => {
        forget();
        if (!isGone) throw error;
        onGone?.();
        throw new StoreGone();
      },
    );
    return opened;
  };

  return {
    run: async (begin, work) => {
      const db = await open();
      const begun = tryBegin(() => begin(db));
      if (begun) return await work(begun.tx);
      forget();
      const again = await open();
      return await work(begin(again));
    },
    close: async () => {
      (await opened)?.close();
      forget();
    },
    destroy: async () => {
      (await opened)?.close();
      forget();
      await deleteDB(name);
    },
  };
}

/**
 * WebKit closes connections of pages in the background: only beginning a transaction then throws InvalidStateError.
 * Retrying there, and nowhere later, can never write anything twice.
 */
function tryBegin<Tx>(begin: () => Tx): { tx: Tx } | null {
  try {
    return { tx: begin() };
  } catch (error) {
    if (error instanceof DOMException && error.name === "InvalidStateError") return null;
    throw error;
  }
}

/** "UnknownError" is a disk that fails under the database: on a full one Chromium says no more than that. */
export function isStorageFull(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "QuotaExceededError" || error.name === "UnknownError");
}
