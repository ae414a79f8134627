/** A database that a full disk has destroyed: who worked with it, and what they had not sent, come from the spare copy. */
import type { Platform } from "../platform/platform.ts";
import type { SpareOwner } from "../spare/contract.ts";
import { type Keeping, NO_KEEPING, type OpenKeeping } from "../store/keeping.ts";
import type { SessionStore } from "../store/session-store.ts";
import type { Session } from "./contract.ts";

/** Recording goes on without a spare copy rather than wait longer for one. */
const KEEPING_WAIT_MS_MAX = 8_000;

export function keepingOf({ spares, page, clock }: Platform, session: Session): OpenKeeping {
  if (!spares) return async () => NO_KEEPING;
  return (store) =>
    new Promise((resolve) => {
      const cancel = page.after(KEEPING_WAIT_MS_MAX, () => resolve(NO_KEEPING));
      const settle = (keeping: Keeping) => {
        cancel();
        resolve(keeping);
      };
      spares
        .open()
        .then((opened) => opened.keep(store, session, clock.wallMs()))
        .then(settle, () => settle(NO_KEEPING));
    });
}

/**
 * Everybody gets back the device that the database no longer names, and who was last at work goes on; the server has
 * the last word on both. Null where nothing was lost: nobody was signed in, or they have signed out.
 */
export async function lostSession({ spares }: Platform, sessions: SessionStore): Promise<Session | null> {
  if (!spares || !(await spares.isThere())) return null;
  const owners = await (await spares.open()).owners();
  const lost: SpareOwner[] = [];
  for (const owner of owners) if ((await sessions.deviceOf(owner.session.user.username)) === null) lost.push(owner);
  for (const { session } of lost) await sessions.keepDevice(session.user.username, session.device.id);
  const [last] = lost.sort((a, b) => b.in_ms - a.in_ms);
  if (!last || (await sessions.session())) return null;
  await sessions.keepSession(last.session, null);
  return last.session;
}
