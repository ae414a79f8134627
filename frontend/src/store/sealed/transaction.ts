/**
 * A transaction whose rows are sealed on the disk and whole to whoever reads and writes them.
 *
 * A row that is put stands at once with its readable part alone, so that indexes and counts of this transaction are
 * right; its contents wait here and are sealed together by `flush`, before the transaction completes. Nothing half is
 * ever seen: it is one transaction, and whoever dies before its end has written nothing.
 */
import type { IDBPCursorWithValue, IDBPIndex, IDBPObjectStore } from "idb";
import type { DeviceSchema, DeviceStores, OutboxRow, ReadTx, WriteTx } from "../schema.ts";
import { Damaged, type RowCipher } from "./cipher.ts";
import { contentsOf, isSealed, isSealedStore, isWhole, joined, type Row, readableOf } from "./contents.ts";

type Names = DeviceStores[number];
type AnyStore = IDBPObjectStore<DeviceSchema, DeviceStores, Names, "readonly" | "readwrite">;
type AnyIndex = IDBPIndex<DeviceSchema, DeviceStores, Names, never, "readonly" | "readwrite">;
type AnyCursor = IDBPCursorWithValue<unknown, string[], string, unknown, "readonly" | "readwrite">;

interface Unsealed {
  readonly store: string;
  readonly key: IDBValidKey;
  readonly row: unknown;
}

export interface SealedTx<Tx> {
  readonly tx: Tx;
  /** Seals what was put; without it nothing that was put has contents. */
  flush(): Promise<void>;
}

/** `device` goes into what each row is bound to: a row of somebody else's store does not open here. */
export function sealedTx<Tx extends ReadTx | WriteTx>(real: Tx, cipher: RowCipher, device: string): SealedTx<Tx> {
  const rows = new Rows(real, cipher, device);
  const tx = new Proxy(real, {
    get: (target, name) => {
      if (name === "objectStore") return (store: Names) => rows.store(store);
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  realOf.set(tx, real);
  return { tx, flush: () => rows.flush() };
}

const realOf = new WeakMap<object, ReadTx | WriteTx>();

/** The rows of this transaction as they stand on the disk, for whoever needs their readable part alone. */
export function onDisk<Tx extends ReadTx | WriteTx>(tx: Tx): Tx {
  return (realOf.get(tx) as Tx | undefined) ?? tx;
}

class Rows {
  readonly #unsealed = new Map<string, Unsealed>();
  readonly #stores = new Map<string, AnyStore>();

  readonly #real: ReadTx | WriteTx;
  readonly #cipher: RowCipher;
  readonly #device: string;

  constructor(real: ReadTx | WriteTx, cipher: RowCipher, device: string) {
    this.#real = real;
    this.#cipher = cipher;
    this.#device = device;
  }

  store(name: Names): AnyStore {
    const known = this.#stores.get(name) ?? this.#wrapped(name);
    this.#stores.set(name, known);
    return known;
  }

  async flush(): Promise<void> {
    const waiting = [...this.#unsealed.values()];
    this.#unsealed.clear();
    if (waiting.length === 0) return;
    const sealed = await this.#during(Promise.all(waiting.map((each) => this.#sealed(each))));
    for (const [at, { store, key }] of waiting.entries()) {
      const target = this.#real.objectStore(store as Names) as unknown as Writable;
      void (isWhole(store) ? target.put(sealed[at], key) : target.put(sealed[at])).catch(() => undefined);
    }
  }

  #wrapped(name: Names): AnyStore {
    const real = this.#real.objectStore(name) as unknown as AnyStore;
    if (!isSealedStore(name)) return real;
    const reading = this.#reading(name, real);
    const writing = {
      put: (row: unknown, key?: IDBValidKey) => this.#put(name, "put", row, key),
      add: (row: unknown, key?: IDBValidKey) => this.#put(name, "add", row, key),
      delete: (keys: IDBValidKey | IDBKeyRange) => this.#delete(name, keys),
      index: (index: never) => {
        const found = real.index(index) as unknown as AnyIndex;
        return proxied(found, this.#reading(name, found));
      },
    };
    return proxied(real, { ...reading, ...writing });
  }

  /** What an index reads as its store does. */
  #reading(name: Names, real: AnyStore | AnyIndex) {
    const source = real as unknown as Readable;
    const keyOf = this.#keyOf(name);
    return {
      get: async (key: IDBValidKey) => {
        const row = await source.get(key);
        return (await this.#opened(name, [{ key: keyOf(row) ?? key, row }]))[0];
      },
      getAll: async (query?: unknown, count?: number) => {
        const found = await source.getAll(query, count);
        return await this.#allOpened(
          name,
          found.map((row) => ({ key: keyOf(row) as IDBValidKey, row })),
        );
      },
      openCursor: async (query?: unknown, direction?: unknown) =>
        await this.#cursor(name, await source.openCursor(query, direction)),
    };
  }

  async #cursor(name: Names, real: AnyCursor | null): Promise<AnyCursor | null> {
    if (!real) return null;
    const [value] = await this.#opened(name, [{ key: real.primaryKey as IDBValidKey, row: real.value }]);
    return proxied(real, {
      value,
      continue: async (key?: never) => await this.#cursor(name, await real.continue(key)),
      update: (row: unknown) => this.#put(name, "put", row),
      delete: async () => await this.#delete(name, real.primaryKey as IDBValidKey),
    });
  }

  /** Rows with a readable part have their key in it; null for those that have none, and for no row. */
  #keyOf(name: Names): (row: unknown) => IDBValidKey | null {
    const { keyPath } = this.#real.objectStore(name) as { readonly keyPath: string | string[] | null };
    if (keyPath === null) return () => null;
    const of = (row: unknown, part: string) => (row as Row)[part] as IDBValidKey;
    return (row) => {
      if (row === undefined) return null;
      return typeof keyPath === "string" ? of(row, keyPath) : keyPath.map((part) => of(row, part));
    };
  }

  async #put(store: Names, how: "put" | "add", row: unknown, given?: IDBValidKey): Promise<IDBValidKey> {
    const target = this.#real.objectStore(store) as unknown as Writable;
    const written = isWhole(store)
      ? target[how](new ArrayBuffer(0), given)
      : target[how](readableOf(store, row as Row));
    const key = await written;
    this.#unsealed.set(placeOf(store, key), { store, key, row });
    return key;
  }

  async #delete(store: Names, keys: IDBValidKey | IDBKeyRange): Promise<void> {
    const isGone = (key: IDBValidKey) =>
      keys instanceof IDBKeyRange ? keys.includes(key) : indexedDB.cmp(keys, key) === 0;
    for (const [place, each] of this.#unsealed)
      if (each.store === store && isGone(each.key)) this.#unsealed.delete(place);
    await (this.#real.objectStore(store) as unknown as Writable).delete(keys);
  }

  async #sealed({ store, key, row }: Unsealed): Promise<unknown> {
    const place = this.#bound(store, key);
    if (isWhole(store)) return await this.#cipher.seal(place, new Uint8Array(row as ArrayBuffer));
    const { box } = this.#cipher;
    const [sealed, boxed] = await Promise.all([
      this.#cipher.seal(place, contentsOf(store, row as Row)),
      store === "outbox" && box ? box((row as OutboxRow).operation) : null,
    ]);
    return { ...readableOf(store, row as Row), sealed, ...(boxed !== null && { box: boxed }) };
  }

  async #opened(store: Names, found: readonly Found[]): Promise<unknown[]> {
    if (found.every((each) => this.#known(store, each))) return found.map((each) => this.#known(store, each)?.row);
    return await this.#during(Promise.all(found.map((each) => this.#open(store, each))));
  }

  /** One row that does not open must not keep the others from being shown and sent. */
  async #allOpened(store: Names, found: readonly Found[]): Promise<unknown[]> {
    const rows = await this.#opened(store, found).catch(async (thrown: unknown) => {
      if (!(thrown instanceof Damaged)) throw thrown;
      return await this.#during(Promise.all(found.map((each) => this.#open(store, each).catch(passedOver))));
    });
    return rows.filter((row) => row !== undefined);
  }

  /** What needs no key: what was put in this transaction, what is not there, and rows from before rows were sealed. */
  #known(store: Names, { key, row }: Found): { readonly row: unknown } | null {
    const put = this.#unsealed.get(placeOf(store, key));
    if (put) return put;
    return row === undefined || !(isWhole(store) || isSealed(row)) ? { row } : null;
  }

  async #open(store: Names, found: Found): Promise<unknown> {
    const known = this.#known(store, found);
    if (known) return known.row;
    const place = this.#bound(store, found.key);
    if (isSealed(found.row)) return joined(found.row, await this.#bytes(place, found.row.sealed));
    return (await this.#bytes(place, found.row as ArrayBuffer)).buffer;
  }

  async #bytes(place: string, sealed: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await this.#cipher.open(place, sealed);
    } catch (thrown) {
      if (thrown instanceof Damaged) this.#cipher.onDamaged?.();
      throw thrown;
    }
  }

  #bound(store: string, key: IDBValidKey): string {
    return boundPlace(this.#device, store, key);
  }

  /** A transaction without a request completes by itself: it is asked for nothing until the work is done. */
  async #during<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    const [name] = this.#real.objectStoreNames;
    const store = this.#real.objectStore(name as Names) as unknown as Readable;
    while (!isDone) await store.getKey(NOTHING);
    return await work;
  }
}

/** One that was changed or damaged, where others are wanted, too. */
export function passedOver(thrown: unknown): undefined {
  if (!(thrown instanceof Damaged)) throw thrown;
}

interface Found {
  readonly key: IDBValidKey;
  readonly row: unknown;
}

/** What the proxies ask of an object store, whichever it is. */
interface Readable {
  get(key: unknown): Promise<unknown>;
  getKey(key: unknown): Promise<IDBValidKey | undefined>;
  getAll(query?: unknown, count?: number): Promise<unknown[]>;
  openCursor(query?: unknown, direction?: unknown): Promise<AnyCursor | null>;
}

interface Writable {
  put(row: unknown, key?: IDBValidKey): Promise<IDBValidKey>;
  add(row: unknown, key?: IDBValidKey): Promise<IDBValidKey>;
  delete(keys: IDBValidKey | IDBKeyRange): Promise<void>;
}

/** A key that no row has. */
const NOTHING = -1;

/** Where a row stands: its store of one device, and its key there. */
export const boundPlace = (device: string, store: string, key: IDBValidKey): string =>
  `${device} ${placeOf(store, key)}`;

const placeOf = (store: string, key: IDBValidKey): string => `${store} ${JSON.stringify(key)}`;

/** The real thing with some of its members replaced. */
function proxied<T extends object>(real: T, members: Readonly<Record<string, unknown>>): T {
  return new Proxy(real, {
    get: (target, name) => {
      if (typeof name === "string" && Object.hasOwn(members, name)) return members[name];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
