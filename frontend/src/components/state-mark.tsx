/** Where a record stands on its way to the server: always an icon and a word, never a colour alone. */
import type { RecordState } from "../engine/contract.ts";
import { pgettext } from "../i18n/index.ts";
import { Icon } from "./icon.tsx";

/** "Đã gửi" means that the receipt is stored (P14), nothing earlier. */
export function stateLabel(state: RecordState): string {
  switch (state) {
    case "waiting":
      return pgettext("state.waiting", "Waiting to send");
    case "sending":
      return pgettext("state.sending_one", "Sending");
    case "received":
      return pgettext("state.received", "Received by the server");
    case "held":
      return pgettext("state.held", "Received, needs attention");
  }
}

export function StateMark({ state }: { state: RecordState }) {
  return (
    <span class={`mark mark-${state}`}>
      <Icon name={state} />
      <span>{stateLabel(state)}</span>
    </span>
  );
}
