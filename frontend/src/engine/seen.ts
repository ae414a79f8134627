/** What a person was shown once: kept on the phone under their id, so that the next one on it sees it, too. */
import type { SessionStore } from "../store/session-store.ts";
import type { Engine } from "./contract.ts";
import type { Live } from "./live.ts";

export function seeing(sessions: SessionStore, { session }: Live): Pick<Engine, "hasSeen" | "keepSeen"> {
  const nameOf = (what: string) => `${session.value?.user.id} ${what}`;
  return {
    hasSeen: (what) => sessions.hasSeen(nameOf(what)),
    keepSeen: (what) => sessions.keepSeen(nameOf(what)),
  };
}
