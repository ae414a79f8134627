/** What the units have recorded, newest first, asked for again every ten seconds while it is in sight. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Empty, Failed, Freshness } from "../../components/notice.tsx";
import { Screen } from "../../components/screen.tsx";
import { usePolled } from "../../components/use-polled.ts";
import type { Engine, Problem } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { reversedFaults } from "../day-span.ts";
import { useOwnAreas } from "../own-areas.ts";
import { moves, query, replaceQuery } from "../router.ts";
import { type Page, withQuery } from "../wire.ts";
import { FeedFilters, type Sought, soughtOf } from "./filters.tsx";
import { type FeedItem, Item } from "./item.tsx";
import { merged } from "./pages.ts";

type Answer = Page<FeedItem>;

/** Older pages of the present filter; they stay when the first page moves on. */
function useOlder(engine: Engine, first: Answer | null, path: string) {
  const [pages, setPages] = useState<{ path: string; items: readonly FeedItem[]; next: string | null } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const mine = pages?.path === path ? pages : null;
  // A first page that has moved on must not drop what was read of the one before.
  useEffect(() => {
    if (first) setPages((now) => (now?.path === path ? { ...now, items: merged(first.items, now.items) } : null));
  }, [first, path]);
  const next = mine ? mine.next : (first?.next ?? null);
  const readMore = async () => {
    if (next === null || !first) return;
    const outcome = await engine.get<Answer>(
      `${path}${path.includes("?") ? "&" : "?"}before=${encodeURIComponent(next)}`,
    );
    setProblem(outcome.ok ? null : outcome.problem);
    if (!outcome.ok || !outcome.value.body) return;
    const { items, next: after } = outcome.value.body;
    setPages((now) => ({ path, items: merged(now?.path === path ? now.items : first.items, items), next: after }));
  };
  return { items: mine?.items ?? [], next, readMore, problem };
}

/** Typing comes late: it is added to what the address holds by then. */
const change = (part: Partial<Sought>) => replaceQuery({ ...soughtOf(query.peek()), ...part });

export function Feed() {
  const engine = useEngine();
  const sought = soughtOf(query.value);
  const faults = reversedFaults(sought);
  const choices = useOwnAreas();
  const path = withQuery("/api/v1/feed", { ...sought });
  const polled = usePolled<Answer>(faults.length > 0 ? null : path);
  const older = useOlder(engine, polled.body, path);
  const items = merged(polled.body?.items ?? [], older.items);
  const nowMs = engine.nowMs();
  return (
    <Screen title={pgettext("ui.feed_title", "Activity feed")}>
      <FeedFilters key={moves.value} sought={sought} areas={choices} faults={faults} change={change} />
      {faults.length === 0 && <Freshness polled={polled} />}
      {polled.body && items.length === 0 && <Empty>{pgettext("feed.empty", "No activity matches.")}</Empty>}
      <ul class="rows">
        {items.map((item) => (
          <Item key={item.id} item={item} nowMs={nowMs} />
        ))}
      </ul>
      {older.problem && <Failed problem={older.problem} />}
      {older.next !== null && (
        <button type="button" onClick={older.readMore}>
          {pgettext("ui.show_more", "Show more")}
        </button>
      )}
    </Screen>
  );
}
