/** What the server holds of the own units, for those who decide about it; the closed ones on demand. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Empty, Failed, Freshness } from "../../components/notice.tsx";
import { Screen } from "../../components/screen.tsx";
import { useLive } from "../../components/use-live.ts";
import { usePolled } from "../../components/use-polled.ts";
import type { Problem } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { type Page, withQuery } from "../wire.ts";
import { Closed } from "./closed.tsx";
import { Item } from "./item.tsx";
import { LostStores } from "./lost-stores.tsx";
import { groupsOf, type HeldGroup, type HeldItem } from "./wire.ts";

const PATH = "/api/v1/held";

/** Pages behind the first; what was decided here is left out of all of them at once. */
function useOlder(first: Page<HeldItem> | null) {
  const engine = useEngine();
  const [pages, setPages] = useState<Page<HeldItem> | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const next = pages ? pages.next : (first?.next ?? null);
  const readMore = async () => {
    const outcome = await engine.get<Page<HeldItem>>(withQuery(PATH, { before: next }));
    setProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok && outcome.value.body)
      setPages({ items: [...(pages?.items ?? []), ...outcome.value.body.items], next: outcome.value.body.next });
  };
  return { items: pages?.items ?? [], next, problem, readMore };
}

export function HeldScreen() {
  const engine = useEngine();
  const areas = useLive(() => engine.areas());
  const polled = usePolled<Page<HeldItem>>(PATH);
  const older = useOlder(polled.body);
  const [decided, setDecided] = useState<ReadonlySet<string>>(new Set());
  const all = new Map([...(polled.body?.items ?? []), ...older.items].map((item) => [item.id, item]));
  const groups = groupsOf([...all.values()].filter((item) => !decided.has(item.id)));
  return (
    <Screen title={pgettext("ui.held", "Held by the server")}>
      <Freshness polled={polled} />
      <LostStores />
      {polled.body && groups.length === 0 && <Empty>{pgettext("held.empty", "Nothing is held.")}</Empty>}
      <ul class="cards">
        {groups.map((group) => (
          <Item
            key={group.key}
            group={group}
            areas={areas ?? []}
            deciding={{
              alike: groups.filter((each) => each !== group && isAlike(each, group)),
              onDecided: (ids) => {
                setDecided(new Set([...decided, ...ids]));
                // What was pressed goes with what was decided.
                if (ids.length > 0) document.querySelector("h1")?.focus();
              },
            }}
          />
        ))}
      </ul>
      {older.problem && <Failed problem={older.problem} />}
      {older.next !== null && (
        <button type="button" onClick={older.readMore}>
          {pgettext("ui.show_more", "Show more")}
        </button>
      )}
      <Closed areas={areas ?? []} />
    </Screen>
  );
}

function isAlike({ items: [left] }: HeldGroup, { items: [right] }: HeldGroup): boolean {
  return left.device === right.device && left.code === right.code && left.may_decide;
}
