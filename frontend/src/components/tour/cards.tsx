/** Three cards: recording without a network, what the states mean, and what is never written down. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { pgettext } from "../../i18n/index.ts";
import { StateMark } from "../state-mark.tsx";

interface Card {
  readonly title: () => string;
  readonly Body: () => ComponentChildren;
}

const CARDS: readonly Card[] = [
  {
    title: () => pgettext("tour.record_title", "Recording needs no network"),
    Body: () => (
      <>
        <p>{pgettext("tour.record_1", "Everything is saved on this phone at once, with or without a network.")}</p>
        <p>{pgettext("tour.record_2", "“Start patrol” is one tap. The rest can be filled in later.")}</p>
        <p>{pgettext("tour.record_3", "A call comes, the battery dies: what was entered is there again.")}</p>
      </>
    ),
  },
  {
    title: () => pgettext("tour.send_title", "Sending goes by itself"),
    Body: () => (
      <dl class="states">
        <dt>
          <StateMark state="waiting" />
        </dt>
        <dd>{pgettext("tour.waiting", "It is on this phone only. It goes by itself when there is a network.")}</dd>
        <dt>
          <StateMark state="received" />
        </dt>
        <dd>{pgettext("tour.received", "The server has it and has said so.")}</dd>
        <dt>
          <StateMark state="held" />
        </dt>
        <dd>{pgettext("tour.held", "The server has it and does not count it yet. Open it and see why.")}</dd>
      </dl>
    ),
  },
  {
    title: () => pgettext("tour.safe_title", "No residents' data, and a lock"),
    Body: () => (
      <>
        <p>
          {pgettext(
            "tour.safe_1",
            "Count people and write no names, ID numbers, phone numbers, addresses or plates. Photograph no faces and no papers.",
          )}
        </p>
        <p>
          {pgettext(
            "tour.safe_2",
            "Set the lock under “More”: then whoever finds the phone reads nothing. Recording works while it is locked.",
          )}
        </p>
      </>
    ),
  },
];

/** `onEnd`: read or skipped. The focus follows a step, and stays where it was as the first card comes. */
export function TourCards({ onEnd }: { onEnd: () => void }) {
  const [at, setAt] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (at > 0) heading.current?.focus();
  }, [at]);
  const { title, Body } = CARDS[at] as Card;
  const isLast = at === CARDS.length - 1;
  return (
    <section class="card" aria-label={pgettext("tour.title", "A quick tour")}>
      <p class="quiet">{pgettext("tour.at", "Card %(n)s of %(total)s", { n: at + 1, total: CARDS.length })}</p>
      <h2 ref={heading} tabIndex={-1}>
        {title()}
      </h2>
      <Body />
      <div class="buttons">
        <button type="button" onClick={() => (isLast ? onEnd() : setAt(at + 1))}>
          {isLast ? pgettext("tour.done", "Understood") : pgettext("tour.next", "Next")}
        </button>
        {!isLast && (
          <button type="button" onClick={onEnd}>
            {pgettext("tour.skip", "Skip")}
          </button>
        )}
      </div>
    </section>
  );
}
