/** One line that says one of four things, only when it matters: offline, sending, failed, all sent. */
import type { SyncStatus } from "../engine/contract.ts";
import { formatMoment } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { useEngine } from "./engine-context.ts";
import { Icon, type IconName } from "./icon.tsx";

export interface BarState {
  readonly icon: IconName;
  readonly text: string;
}

export function barState(status: SyncStatus, nowMs: number): BarState | null {
  const waiting = status.waitingRecords;
  const records = waiting > 0 ? pgettext("state.waiting_n", "Waiting to send (%(n)s)", { n: waiting }) : "";
  // "All sent" would be a lie while the bytes of a photo are here alone (P23).
  const photos = status.waitingPhotos > 0 ? photosWaiting(status.waitingPhotos) : "";
  const count = [records, photos].filter(Boolean).join(" · ");
  if (status.offline)
    return {
      icon: "offline",
      text: [pgettext("state.offline_hint", "Offline – recording works"), count].filter(Boolean).join(" · "),
    };
  if (status.phase === "needs-sign-in")
    return { icon: "held", text: pgettext("state.sign_in_again", "Sign in again to send. Recording still works.") };
  if (status.firstLoadRecords !== null)
    return {
      icon: "sync",
      text: pgettext("state.first_load_n", "First load: %(n)s records so far, not complete", {
        n: status.firstLoadRecords,
      }),
    };
  if (status.phase === "sending" && waiting > 0)
    return { icon: "sending", text: pgettext("state.sending_n", "Sending %(n)s records", { n: waiting }) };
  if (status.problem !== null && waiting > 0)
    return { icon: "held", text: `${pgettext("state.failed", "Not sent, will retry")} · ${count}` };
  if (count) return { icon: "waiting", text: count };
  const n = status.refusedPhotos;
  if (n > 0)
    return { icon: "held", text: pgettext("state.photos_refused", "Photos in need of attention: %(n)s", { n }) };
  if (status.lastSuccessMs === null) return null;
  const time = formatMoment(status.lastSuccessMs, nowMs);
  return { icon: "received", text: pgettext("state.all_sent", "All sent, %(time)s", { time }) };
}

const photosWaiting = (n: number): string => pgettext("state.photos_waiting", "Photos waiting to send: %(n)s", { n });

export function SyncBar() {
  const engine = useEngine();
  const status = engine.status.value;
  const state = barState(status, engine.nowMs());
  return (
    <div class="sync-bar" role="status">
      {state && (
        <a href={status.phase === "needs-sign-in" ? "/sign-in" : "/sync"}>
          <Icon name={state.icon} />
          <span>{state.text}</span>
        </a>
      )}
    </div>
  );
}
