/** Who is to go on after a database that was lost: the session, and everybody's device, stood in it, too. */
import type { Session } from "../engine/contract.ts";
import { openDeviceStore } from "../store/device-store.ts";
import type { SessionStore } from "../store/session-store.ts";
import type { Entry, Found, SpareOwner } from "./contract.ts";

/**
 * Everybody gets back the device that the database no longer names, or one that still has something to send while the
 * present one has nothing: its operations are taken from that device alone. Who was last at work goes on, and so does
 * whoever is at work with another device; the server has the last word on both. Null where nobody changes.
 */
export async function lostSession(found: readonly Found[], sessions: SessionStore): Promise<Session | null> {
  const stored = await sessions.session();
  const back: SpareOwner[] = [];
  for (const of of peopleOf(found)) {
    const owner = await ownerToGoBackTo(of, sessions);
    if (!owner) continue;
    await sessions.keepDevice(nameOf(owner), owner.session.device.id);
    if (owner.keyring) await sessions.addKeyring(owner.session.device.id, owner.keyring);
    back.push(owner);
  }
  const here = stored ? back.filter((owner) => nameOf(owner) === stored.user.username) : back.filter(isIn);
  const [next] = here.sort((a, b) => b.in_ms - a.in_ms);
  if (!next) return null;
  // Another tab may have been faster, and somebody signed in there.
  if (!stored && (await sessions.session())) return null;
  await sessions.keepSession(next.session, null);
  return next.session;
}

/** What the others' spare copies are told when somebody leaves. */
export function outEntries({ owner }: Found): Entry[] {
  return owner.is_out ? [] : [{ owner: { ...owner, is_out: true } }];
}

const nameOf = ({ session }: SpareOwner) => session.user.username;
const isIn = ({ is_out }: SpareOwner) => is_out === undefined;

/** The devices of each person: one with something to send before one without, else the newest first. */
function peopleOf(found: readonly Found[]): Found[][] {
  const people = new Map<string, Found[]>();
  for (const each of found) people.set(nameOf(each.owner), [...(people.get(nameOf(each.owner)) ?? []), each]);
  const order = (a: Found, b: Found) => Number(b.unsent > 0) - Number(a.unsent > 0) || b.owner.in_ms - a.owner.in_ms;
  return [...people.values()].map((of) => of.sort(order));
}

async function ownerToGoBackTo(of: readonly Found[], sessions: SessionStore): Promise<SpareOwner | null> {
  const device = await sessions.deviceOf(of[0] ? nameOf(of[0].owner) : "");
  for (const { owner, unsent } of of) {
    const { id } = owner.session.device;
    if (await isRefused(sessions, id)) continue;
    if (device === null) return owner;
    if (unsent === 0 || device === id) return null;
    return (await unsentOf(device, owner)) === 0 ? owner : null;
  }
  return null;
}

/** See `openSession`: the server takes it from nobody of this name. */
const isRefused = async (sessions: SessionStore, device: string) => (await sessions.deviceOf(`not ${device}`)) !== null;

/** Of the database, which has the last word on a device that it still names. */
async function unsentOf(device: string, { session }: SpareOwner): Promise<number> {
  const store = openDeviceStore({ device, user: session.user });
  try {
    const { waitingRecords, waitingPhotos, refusedPhotos } = await store.summary();
    return waitingRecords + waitingPhotos + refusedPhotos;
  } finally {
    await store.close();
  }
}
