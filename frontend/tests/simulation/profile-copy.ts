/** A profile copied to another phone: every database with its stores, indexes and rows (A18). */
import { IDBFactory } from "fake-indexeddb";
import { Profile } from "./profile.ts";
import { done, openPlain } from "./raw-reading.ts";

export async function copyProfile(from: Profile): Promise<Profile> {
  const factory = new IDBFactory();
  for (const { name = "", version = 1 } of await from.factory.databases()) {
    const source = await openPlain(from.factory, name);
    const target = await createLike(source, factory, version);
    for (const store of source.objectStoreNames) await copyRows(source, target, store);
    source.close();
    target.close();
  }
  const copy = new Profile(factory);
  for (const [key, told] of from.ledger) copy.ledger.set(key, told);
  return copy;
}

async function createLike(source: IDBDatabase, factory: IDBFactory, version: number): Promise<IDBDatabase> {
  const request = factory.open(source.name, version);
  request.addEventListener("upgradeneeded", () => {
    const target = request.result as unknown as IDBDatabase;
    for (const name of source.objectStoreNames) {
      const old = source.transaction(name).objectStore(name);
      const made = target.createObjectStore(name, old.keyPath === null ? {} : { keyPath: old.keyPath });
      for (const at of old.indexNames) made.createIndex(at, old.index(at).keyPath);
    }
  });
  return (await done(request as unknown as IDBRequest<unknown>)) as IDBDatabase;
}

async function copyRows(source: IDBDatabase, target: IDBDatabase, store: string): Promise<void> {
  const read = source.transaction(store).objectStore(store);
  const [rows, keys] = await Promise.all([done(read.getAll()), done(read.getAllKeys())]);
  const objects = target.transaction(store, "readwrite").objectStore(store);
  // A store with keys inside its rows takes no key beside them.
  await Promise.all(
    rows.map((row, at) => done(objects.keyPath === null ? objects.put(row, keys[at]) : objects.put(row))),
  );
}
