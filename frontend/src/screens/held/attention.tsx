/** What needs a person, on the screen of the outbox. */
import { useEngine } from "../../components/engine-context.ts";
import { Icon } from "../../components/icon.tsx";
import { LinkRows } from "../../components/link-rows.tsx";
import { Empty } from "../../components/notice.tsx";
import type { Area, HeldOperation } from "../../engine/contract.ts";
import { formatMoment, formatNumber } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { kindLabel } from "../../i18n/kinds.ts";
import { oversees } from "../roles.ts";
import { heldSentence } from "./held-note.tsx";
import { OwnClosed } from "./own-closed.tsx";

interface Props {
  readonly areas: readonly Area[];
  readonly held: readonly HeldOperation[];
  /** Records with a conflict, or edited while they were void. */
  readonly undecided: number;
}

/** What a person has to look at: operations that the server holds, conflicts, and what others decided about the own. */
export function Attention({ areas, held, undecided }: Props) {
  const engine = useEngine();
  const role = engine.session.value?.user.role;
  const links = [
    ...(undecided > 0
      ? [
          {
            to: "/conflicts",
            icon: "held" as const,
            label: pgettext("sync.undecided", "Records to decide: %(n)s", { n: formatNumber(undecided) }),
          },
        ]
      : []),
    ...(role && oversees(role)
      ? [{ to: "/held", icon: "waiting" as const, label: pgettext("ui.held", "Held by the server") }]
      : []),
  ];
  return (
    <section>
      <h2>{pgettext("ui.needs_attention", "Needs attention")}</h2>
      {held.length === 0 && undecided === 0 && (
        <Empty>{pgettext("sync.no_attention", "Nothing needs attention.")}</Empty>
      )}
      <LinkRows links={links} />
      <ul class="rows">
        {byRecord(held).map((operation) => (
          <li class="row" key={operation.n}>
            <a href={`/records/${operation.record}`}>
              <Icon name="held" />
              <span class="row-text">
                <strong>{kindLabel(operation.kind)}</strong>
                <span>{formatMoment(operation.receivedMs, engine.nowMs())}</span>
                <span>{heldSentence(operation)}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
      <OwnClosed areas={areas} />
    </section>
  );
}

/** A record that is held for one reason is one thing to a person, however many operations it is made of. */
function byRecord(held: readonly HeldOperation[]): readonly HeldOperation[] {
  return [...new Map(held.map((operation) => [`${operation.record} ${operation.code}`, operation])).values()];
}
