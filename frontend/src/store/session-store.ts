/** The small shared database: who is at work, who else has worked here, which device id each user has, the language. */
import type { DBSchema, IDBPDatabase, IDBPObjectStore } from "idb";
import type { Session } from "../engine/contract.ts";
import type { Keyring } from "../keys/keyring.ts";
import { connect } from "./connection.ts";

interface SessionSchema extends DBSchema {
  shared: { key: string; value: unknown };
}

/** What phones seal to (P29), as the server gives it: its public point in base64url, and its id. */
export interface SealingKey {
  readonly key: string;
  readonly id: string;
}

/** Somebody who has given the phone to another: they go on where they were, and what they recorded waits in their store. */
export interface PutAway {
  readonly session: Session;
  readonly key: CryptoKey | null;
  /** The last operation that somebody else has handed in for them. */
  readonly handed_n: number;
}

export interface SessionStore {
  session(): Promise<Session | null>;
  /**
   * Keeps the session, the device's key, and the device id for the next sign-in of the same user (P1). Somebody else who
   * was at work is put away.
   */
  keepSession(session: Session, key: CryptoKey | null): Promise<void>;
  deviceKey(): Promise<CryptoKey | null>;
  /** Of the server, and of nobody in particular: it stays when somebody signs out. */
  sealingKey(): Promise<SealingKey | null>;
  keepSealingKey(key: SealingKey): Promise<void>;
  /** Of that device alone, where one is named: somebody else may be at work since. */
  dropSession(device?: string): Promise<void>;
  /** In one transaction; nothing is changed where somebody else is at work. */
  changeSession(device: string, change: (session: Session) => Session): Promise<Session | null>;
  others(): Promise<readonly PutAway[]>;
  /** In one transaction: whoever is at work is put away, and that device's user goes on; null where nobody has it. */
  switchTo(device: string): Promise<Session | null>;
  noteHandedIn(device: string, n: number): Promise<void>;
  keyring(device: string): Promise<Keyring | null>;
  /** Gives the one that stands, which another tab may have put there. */
  addKeyring(device: string, keyring: Keyring): Promise<Keyring>;
  /** In one transaction; null where there is none, and then nothing is changed. */
  changeKeyring(device: string, change: (keyring: Keyring) => Keyring): Promise<Keyring | null>;
  dropKeyring(device: string): Promise<void>;
  deviceOf(username: string): Promise<string | null>;
  /** The device of somebody else who works on this phone. */
  keepDevice(username: string, device: string): Promise<void>;
  forgetDevice(username: string): Promise<void>;
  language(): Promise<"vi" | "en" | null>;
  keepLanguage(language: "vi" | "en"): Promise<void>;
  /** What somebody was shown once; it stays when they sign out. */
  hasSeen(name: string): Promise<boolean>;
  keepSeen(name: string): Promise<void>;
}

export function openSessionStore(): SessionStore {
  const connection = connect<SessionSchema>({
    name: "diaban",
    version: 1,
    upgrade: (db, from) => void (from < 1 && db.createObjectStore("shared")),
  });
  const get = (key: string) =>
    connection.run(
      (db) => db.transaction("shared", "readonly"),
      (tx): Promise<unknown> => tx.store.get(key),
    );
  const begin = (db: IDBPDatabase<SessionSchema>) => db.transaction("shared", "readwrite", { durability: "strict" });
  const write = (work: (put: (value: unknown, key: string) => Promise<unknown>) => Promise<unknown>) =>
    connection.run(begin, async (tx) => {
      await work((value, key) => (value === null ? tx.store.delete(key) : tx.store.put(value, key)));
      await tx.done;
    });
  /** What `change` makes of what stands there; `undefined` leaves it. */
  const update = <T>(key: string, change: (value: T | undefined) => T | undefined): Promise<T | undefined> =>
    connection.run(begin, async (tx) => {
      const stood = (await tx.store.get(key)) as T | undefined;
      const next = change(stood);
      if (next !== undefined) await tx.store.put(next, key);
      await tx.done;
      return next ?? stood;
    });
  const change = <T>(work: (shared: Shared) => Promise<T>): Promise<T> =>
    connection.run(begin, async (tx) => {
      const done = await work(tx.store);
      await tx.done;
      return done;
    });
  const keyringOf = (device: string) => `keyring ${device}`;
  return {
    session: async () => ((await get("session")) as Session | undefined) ?? null,
    deviceKey: async () => ((await get("key")) as CryptoKey | undefined) ?? null,
    keepSession: (session, key) =>
      change(async (shared) => {
        await putAway(shared, session.user.id);
        await goOn(shared, { session, key });
        await shared.put(session.device.id, `device ${session.user.username}`);
      }),
    sealingKey: async () => ((await get("sealing")) as SealingKey | undefined) ?? null,
    keepSealingKey: (key) => write((put) => put(key, "sealing")),
    dropSession: (device) => change((shared) => dropSession(shared, device)),
    changeSession: (device, by) => change((shared) => changeSession(shared, device, by)),
    others: () => change((shared) => shared.getAll(everybodyAway()) as Promise<PutAway[]>),
    switchTo: (device) =>
      change(async (shared) => {
        const next = (await shared.get(awayOf(device))) as PutAway | undefined;
        if (!next) return null;
        await putAway(shared);
        await goOn(shared, next);
        return next.session;
      }),
    noteHandedIn: (device, n) =>
      change(async (shared) => {
        const stood = (await shared.get(awayOf(device))) as PutAway | undefined;
        if (stood && n > stood.handed_n) await shared.put({ ...stood, handed_n: n }, awayOf(device));
      }),
    keyring: async (device) => ((await get(keyringOf(device))) as Keyring | undefined) ?? null,
    addKeyring: async (device, keyring) =>
      (await update<Keyring>(keyringOf(device), (stood) => (stood ? undefined : keyring))) ?? keyring,
    changeKeyring: async (device, change) =>
      (await update<Keyring>(keyringOf(device), (stood) => stood && change(stood))) ?? null,
    dropKeyring: (device) => write((put) => put(null, keyringOf(device))),
    deviceOf: async (username) => ((await get(`device ${username}`)) as string | undefined) ?? null,
    keepDevice: (username, device) => write((put) => put(device, `device ${username}`)),
    forgetDevice: (username) => write((put) => put(null, `device ${username}`)),
    language: async () => ((await get("language")) as "vi" | "en" | undefined) ?? null,
    keepLanguage: (language) => write((put) => put(language, "language")),
    hasSeen: async (name) => (await get(`seen ${name}`)) === 1,
    keepSeen: (name) => write((put) => put(1, `seen ${name}`)),
  };
}

type Shared = IDBPObjectStore<SessionSchema, ["shared"], "shared", "readwrite">;

const awayOf = (device: string) => `away ${device}`;
const everybodyAway = () => IDBKeyRange.bound(awayOf(""), awayOf("\uffff"));

/** `user`: who comes now; a session of their own is replaced, not put away. */
async function putAway(shared: Shared, user?: string): Promise<void> {
  const session = (await shared.get("session")) as Session | undefined;
  if (session && session.user.id !== user) {
    const key = ((await shared.get("key")) as CryptoKey | undefined) ?? null;
    await shared.put({ session, key, handed_n: 0 } satisfies PutAway, awayOf(session.device.id));
  }
  await shared.delete("session");
  await shared.delete("key");
}

/** Of those that were put away, they are one no longer, under whatever device. */
async function goOn(shared: Shared, { session, key }: Omit<PutAway, "handed_n">): Promise<void> {
  for (const each of (await shared.getAll(everybodyAway())) as PutAway[])
    if (each.session.user.id === session.user.id) await shared.delete(awayOf(each.session.device.id));
  await shared.put(session, "session");
  if (key) await shared.put(key, "key");
}

async function dropSession(shared: Shared, device?: string): Promise<void> {
  const stood = (await shared.get("session")) as Session | undefined;
  if (device !== undefined && stood && stood.device.id !== device) return;
  await shared.delete("session");
  await shared.delete("key");
}

async function changeSession(
  shared: Shared,
  device: string,
  by: (session: Session) => Session,
): Promise<Session | null> {
  const stood = (await shared.get("session")) as Session | undefined;
  if (stood?.device.id !== device) return null;
  const next = by(stood);
  await shared.put(next, "session");
  return next;
}
