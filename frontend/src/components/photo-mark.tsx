/** Where a photo stands on its way to the server, in an icon and a word. */

import { formatNumber } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import type { PhotoView } from "../photos/contract.ts";
import { useEngine } from "./engine-context.ts";
import { Icon } from "./icon.tsx";
import { StateMark } from "./state-mark.tsx";

const KILO = 1_000;
const kilobytes = (bytes: number): string => formatNumber(Math.round(bytes / KILO));

export function Sent({ done, total }: { done: number; total: number }) {
  const label = pgettext("photo.sent_kb", "%(done)s of %(total)s kB", {
    done: kilobytes(done),
    total: kilobytes(total),
  });
  return (
    <span class="photo-sent">
      <progress max={total} value={done} aria-label={label} /> {label}
    </span>
  );
}

export function PhotoMark({ photo }: { photo: PhotoView }) {
  const sending = useEngine().photoStatus.value.sending;
  if (sending?.id === photo.id) return <Sent done={sending.sentBytes} total={sending.bytes} />;
  switch (photo.state) {
    case "refused":
      return (
        <span class="mark mark-held">
          <Icon name="held" /> {pgettext("ui.needs_attention", "Needs attention")}
        </span>
      );
    case "waiting":
    case "sending":
      return <StateMark state="waiting" />;
    case "received":
      return <StateMark state="received" />;
    default:
      return null;
  }
}
