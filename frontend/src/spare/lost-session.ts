/** Who is to go on after a database that was lost: the session, and everybody's device, stood in it, too. */
import type { Session } from "../engine/contract.ts";
import type { SessionStore } from "../store/session-store.ts";
import type { SpareOwner } from "./contract.ts";

/**
 * Everybody gets back the device that the database no longer names, and who was last at work goes on; the server has
 * the last word on both. Null where nothing was lost.
 */
export async function lostSession(owners: readonly SpareOwner[], sessions: SessionStore): Promise<Session | null> {
  const lost: SpareOwner[] = [];
  for (const owner of owners) if ((await sessions.deviceOf(owner.session.user.username)) === null) lost.push(owner);
  for (const { session } of lost) await sessions.keepDevice(session.user.username, session.device.id);
  const [last] = lost.sort((a, b) => b.in_ms - a.in_ms);
  if (!last || (await sessions.session())) return null;
  await sessions.keepSession(last.session, null);
  return last.session;
}
