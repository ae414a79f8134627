/** A database that a full disk has destroyed: who worked with it, and what they had not sent, come from the spare copy. */
import type { Platform } from "../platform/platform.ts";
import { type Keeping, NO_KEEPING, type OpenKeeping } from "../store/keeping.ts";
import type { SessionStore } from "../store/session-store.ts";
import type { Session } from "./contract.ts";
import type { WorkKeys } from "./work-keys.ts";

/** Recording goes on without a spare copy rather than wait longer for one. */
const KEEPING_WAIT_MS_MAX = 8_000;

export function keepingOf({ spares, page, clock }: Platform, session: Session, keys: WorkKeys | null): OpenKeeping {
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
        .then((opened) => opened.keep(store, { session, keyring: keys?.keyring }, clock.wallMs()))
        .then(settle, () => settle(NO_KEEPING));
    });
}

/** Who goes on with a database that is gone, or goes back to a device that has still to send; null: nobody. */
export async function lostSession({ spares }: Platform, sessions: SessionStore): Promise<Session | null> {
  return spares && (await spares.isThere()) ? await (await spares.open()).lostSession(sessions) : null;
}

/** Somebody has left: of what stands in the spare copies, nothing opens the app again without a password. */
export async function nobodyAtWork({ spares }: Platform): Promise<void> {
  if (spares && (await spares.isThere())) await (await spares.open()).nobodyAtWork();
}
