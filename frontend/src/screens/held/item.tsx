/** One held record on a desk: who sent it, why it is held, what it says, and what is decided about it. */
import { Warning } from "../../components/notice.tsx";
import type { Area } from "../../engine/contract.ts";
import { formatDateTime } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { kindLabel } from "../../i18n/kinds.ts";
import { Decided } from "./decided.tsx";
import { Deciding } from "./deciding.tsx";
import { Values } from "./held-note.tsx";
import type { HeldGroup } from "./wire.ts";

const TEXT_SHOWN_MAX = 500;

interface Props {
  readonly group: HeldGroup;
  readonly areas: readonly Area[];
  /** Absent where nothing is to be decided: others of the same device, and whom to tell. */
  readonly deciding?: { readonly alike: readonly HeldGroup[]; readonly onDecided: (ids: readonly string[]) => void };
}

export function Item({ group, areas, deciding }: Props) {
  const { kind, set, items } = group;
  const [first] = items;
  const texts = items.flatMap(({ operation }) => (typeof operation === "string" ? [operation] : []));
  return (
    <li class="card">
      <p class="card-title">{kind ? kindLabel(kind) : pgettext("held.unreadable", "Unreadable entry")}</p>
      <p>{[first.author.name, first.device_name, formatDateTime(first.received_ms)].join(" · ")}</p>
      {first.detail && first.status === "held" && <Warning>{first.detail}</Warning>}
      {first.decision && <Decided status={first.status} decision={first.decision} />}
      <Values kind={kind} set={set} areas={areas} />
      {texts.map((text) => (
        <p class="quiet" key={text}>
          {text.slice(0, TEXT_SHOWN_MAX)}
        </p>
      ))}
      {deciding && items.every((item) => item.may_decide) && <Deciding group={group} {...deciding} />}
    </li>
  );
}
