/** Whether this phone opens again all that a start needs: a full disk may refuse one database and not the other. */
import { openDeviceStore } from "./device-store.ts";
import type { SessionStore } from "./session-store.ts";

export type Sessions = Pick<SessionStore, "session">;

/** Rejects as the start does; it reads, and writes nothing. */
export async function tryStores(sessions: Sessions): Promise<void> {
  const session = await sessions.session();
  if (!session) return;
  const store = openDeviceStore({ device: session.device.id, user: session.user });
  await store.summary();
  await store.close();
}
