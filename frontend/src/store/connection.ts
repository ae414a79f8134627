/** The one door to an IndexedDB database; it opens again when the browser has dropped the connection (A19). */
import { type DBSchema, deleteDB, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from "idb";

export interface Connection<S extends DBSchema> {
  /** Begins a transaction and runs `work` in it; again, on a new connection, where the old one turns out to be lost. */
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

// the one that was cut off, the one after it, and one that finds that connection closing
const TRIES_MAX = 3;

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
      for (let tries = TRIES_MAX; ; tries--) {
        const db = await open();
        try {
          return await work(begin(db));
        } catch (error) {
          if (tries === 1 || !isLost(error)) throw error;
          if (error.name === "InvalidStateError") forget();
        }
      }
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
 * The connection went before the transaction, or under it: WebKit closes those of pages in the background
 * (InvalidStateError as one begins), Chromium all of them once one write has failed (AbortError). What is aborted has
 * written nothing, so trying again can never write twice; on a full disk the next try says what is the matter.
 */
function isLost(error: unknown): error is DOMException {
  return error instanceof DOMException && (error.name === "InvalidStateError" || error.name === "AbortError");
}

/** "UnknownError" is a disk that fails under the database: on a full one Chromium says no more than that. */
export function isStorageFull(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "QuotaExceededError" || error.name === "UnknownError");
}
