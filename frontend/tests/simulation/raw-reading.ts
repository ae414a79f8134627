/** What stands in a profile's databases, read past the app: by another connection, outside every page. */
import { wholeOf } from "../plain-keys.ts";
import type { Profile } from "./profile.ts";

/** Empty where there is no such database: a phone that was wiped. */
export async function readAll<Row>(profile: Profile, database: string, store: string): Promise<Row[]> {
  const rows = await read<Row[]>(profile.factory, database, store, (objects) => objects.getAll());
  return (rows ?? []).map(wholeOf);
}

export async function readOne<Row>(
  profile: Profile,
  database: string,
  store: string,
  key: string,
): Promise<Row | null> {
  const row = await read<Row | undefined>(profile.factory, database, store, (objects) => objects.get(key));
  return wholeOf(row ?? null);
}

async function read<T>(
  factory: IDBFactory,
  database: string,
  store: string,
  ask: (objects: IDBObjectStore) => IDBRequest<T>,
): Promise<T | null> {
  const known = await factory.databases();
  if (!known.some(({ name }) => name === database)) return null;
  const db = await openPlain(factory, database);
  try {
    return db.objectStoreNames.contains(store) ? await done(ask(db.transaction(store).objectStore(store))) : null;
  } finally {
    db.close();
  }
}

export async function openPlain(factory: IDBFactory, database: string): Promise<IDBDatabase> {
  return (await done(factory.open(database) as unknown as IDBRequest<unknown>)) as IDBDatabase;
}

export function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}
