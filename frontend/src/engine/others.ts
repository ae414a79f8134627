/** Several people with one phone: who else has worked here, giving it to another, and what they have not sent yet. */
import { type DeviceStore, openDeviceStore } from "../store/device-store.ts";
import { onDisk } from "../store/sealed/transaction.ts";
import type { PutAway, SessionStore } from "../store/session-store.ts";
import type { Client } from "../sync/client.ts";
import { handIn } from "./boxes.ts";
import type { OtherUser, OtherUsers, Session } from "./contract.ts";

/** In one go, beside the own records; the rest with the next one. */
const HANDED_IN_MAX = 50;

interface Parts {
  readonly sessions: SessionStore;
  /** Leaves whoever is at work, in every tab, for what stands in the session store now. */
  readonly leaveFor: (next: Session) => Promise<void>;
}

export function openOthers({ sessions, leaveFor }: Parts): OtherUsers {
  return {
    list: async () => await Promise.all((await sessions.others()).map((each) => told(sessions, each))),
    switchTo: async (device) => {
      // Whoever has no lock is let in by their password alone, or anybody could record in their name.
      if (!(await hasLock(sessions, device))) return false;
      const next = await sessions.switchTo(device);
      if (next) await leaveFor(next);
      return next !== null;
    },
  };
}

async function told(sessions: SessionStore, { session: { user, device }, handed_n }: PutAway): Promise<OtherUser> {
  const [waitingRecords, isLocked] = await Promise.all([
    withStore(user, device.id, (store) => waitingIn(store, handed_n)),
    hasLock(sessions, device.id),
  ]);
  return { device: device.id, username: user.username, name: user.name, waitingRecords, hasLock: isLocked };
}

async function hasLock(sessions: SessionStore, device: string): Promise<boolean> {
  const keyring = await sessions.keyring(device);
  return keyring !== null && keyring.open === undefined && keyring.ways.length > 0;
}

/** None where all of it was handed in: only its author has not heard of that yet. */
async function waitingIn(store: DeviceStore, handedN: number): Promise<number> {
  const newest = await store.read((tx) => tx.objectStore("outbox").openKeyCursor(null, "prev"));
  return newest && newest.key > handedN ? (await store.summary()).waitingRecords : 0;
}

async function withStore<T>(
  user: Session["user"],
  device: string,
  work: (store: DeviceStore) => Promise<T>,
): Promise<T> {
  const store = openDeviceStore({ device, user });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/**
 * What others have saved is sealed to the server beside their own rows: whoever has a connection hands it in, and the
 * author stays who they are (P29). It stays in their outbox until they hear of it themselves.
 */
export async function handInForOthers(client: Client, sessions: SessionStore): Promise<void> {
  for (const each of await sessions.others()) {
    const { user, device } = each.session;
    await withStore(user, device.id, (store) => handInFrom(store, client, sessions, each));
  }
}

async function handInFrom(
  store: DeviceStore,
  client: Client,
  sessions: SessionStore,
  { session: { device }, handed_n }: PutAway,
): Promise<void> {
  const newer = IDBKeyRange.lowerBound(handed_n, true);
  const rows = await store.read((tx) => onDisk(tx).objectStore("outbox").getAll(newer, HANDED_IN_MAX));
  for (const { n, box } of rows) {
    // Saved before a lock was set: only its author's own keys open it.
    if (box === undefined) continue;
    const outcome = await handIn(client, device.id, n, box);
    if (!outcome.ok) return;
    await sessions.noteHandedIn(device.id, n);
  }
}
