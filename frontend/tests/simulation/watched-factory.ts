/** A conforming IndexedDB that can be cut off in mid-transaction, that can run out of space, and that is listened to. */
import type { ReceiptedRow } from "../../src/store/schema.ts";
import { type Agent, findAgent } from "./agent.ts";

export interface Told {
  readonly device: string;
  readonly n: number;
  readonly tag: string;
  readonly hash: string | null;
}

export interface Watch {
  /** A receipt has been stored: told when its transaction is complete, not before. */
  readonly onReceipted: (told: Told) => void;
  /** An answer has been stored, with its moment. */
  readonly onAnswered: () => void;
  readonly isFull: () => boolean;
}

/** Every page's connections are cut with its death: what was not complete is rolled back. */
export function watchFactory(factory: IDBFactory, watch: Watch): void {
  const open = factory.open.bind(factory);
  factory.open = (name, version) => {
    const agent = findAgent();
    const request = open(name, version);
    if (agent) watchOpening(agent, request, watch);
    return request;
  };
  const remove = factory.deleteDatabase.bind(factory);
  factory.deleteDatabase = (name) => {
    const agent = findAgent();
    return agent ? removeLater(agent, () => remove(name)) : remove(name);
  };
}

/** A deletion is asked for by a message to another process: a page that dies first has deleted nothing. */
function removeLater(agent: Agent, remove: () => IDBOpenDBRequest): IDBOpenDBRequest {
  const request = new (IDBOpenDBRequest as new () => IDBOpenDBRequest & { readyState: string })();
  const forward = ({ type }: Event) => {
    request.readyState = "done";
    request.dispatchEvent(new IDBVersionChangeEvent(type, { oldVersion: 0, newVersion: null }));
  };
  const begin = () => {
    const real = remove();
    for (const type of ["success", "error", "blocked"]) real.addEventListener(type, forward);
  };
  setImmediate(() => agent.isDead || begin());
  return request;
}

function watchOpening(agent: Agent, request: IDBOpenDBRequest, watch: Watch): void {
  const transactions = new Set<IDBTransaction>();
  const cut = () => {
    for (const tx of transactions) abort(tx);
    if (request.readyState === "done" && request.error === null) request.result.close();
  };
  agent.atDeath(cut);
  request.addEventListener("upgradeneeded", () => request.transaction && remember(transactions, request.transaction));
  request.addEventListener("success", () => {
    watchConnection(request.result, transactions, watch);
    if (agent.isDead) request.result.close();
  });
}

function watchConnection(db: IDBDatabase, transactions: Set<IDBTransaction>, watch: Watch): void {
  const begin = db.transaction.bind(db);
  db.transaction = (names, mode, options) => {
    // A dead page begins nothing.
    findAgent();
    const tx = begin(names, mode, options);
    remember(transactions, tx);
    if (mode === "readwrite") watchWrites(tx, db.name, watch);
    return tx;
  };
}

function remember(transactions: Set<IDBTransaction>, tx: IDBTransaction): void {
  transactions.add(tx);
  for (const end of ["complete", "abort"]) tx.addEventListener(end, () => transactions.delete(tx));
}

function watchWrites(tx: IDBTransaction, database: string, { onReceipted, onAnswered, isFull }: Watch): void {
  const told: Told[] = [];
  let isAnswer = false;
  const find = tx.objectStore.bind(tx);
  const watched = new Set<IDBObjectStore>();
  tx.objectStore = (name) => {
    const store = find(name);
    if (watched.has(store)) return store;
    watched.add(store);
    const [add, put] = [store.add.bind(store), store.put.bind(store)];
    const write = (how: typeof put): typeof put => {
      return (value: unknown, key?: IDBValidKey) => {
        // What the receipt says is written with its place: the contents may never come, when it goes at once (P19).
        if (name === "receipted") told.push(toldBy(database, value as unknown as ReceiptedRow));
        if (key === "last_success_ms") isAnswer = true;
        const request = how(value, key);
        if (isFull()) setImmediate(() => failForSpace(tx));
        return request;
      };
    };
    store.add = write(add);
    store.put = write(put);
    return store;
  };
  tx.addEventListener("complete", () => {
    told.forEach(onReceipted);
    if (isAnswer) onAnswered();
  });
}

function toldBy(database: string, { n, tag = "", receipt }: ReceiptedRow): Told {
  return { device: database.replace("diaban-", ""), n, tag, hash: receipt.hash };
}

function abort(tx: IDBTransaction): void {
  try {
    tx.abort();
  } catch {
    // Complete already: it stays.
  }
}

/** As browsers do it: the write seems to go through, then the whole transaction fails. */
function failForSpace(tx: IDBTransaction): void {
  const inner = tx as IDBTransaction & { readonly _state: string; _abort(error: string): void };
  if (inner._state !== "finished") inner._abort("QuotaExceededError");
}
