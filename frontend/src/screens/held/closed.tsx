/** Held operations that a person has closed: read when somebody asks for them. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Empty, Failed, Loading } from "../../components/notice.tsx";
import type { Area, Problem } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { type Page, withQuery } from "../wire.ts";
import { Item } from "./item.tsx";
import { groupsOf, type HeldItem } from "./wire.ts";

export function Closed({ areas }: { areas: readonly Area[] }) {
  const engine = useEngine();
  const [isAsked, setAsked] = useState(false);
  const [page, setPage] = useState<Page<HeldItem> | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const ask = async () => {
    setAsked(true);
    const path = withQuery("/api/v1/held", { state: "closed", before: page?.next ?? null });
    const outcome = await engine.get<Page<HeldItem>>(path);
    setProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok && outcome.value.body)
      setPage({ items: [...(page?.items ?? []), ...outcome.value.body.items], next: outcome.value.body.next });
  };
  if (!isAsked)
    return (
      <button type="button" onClick={ask}>
        {pgettext("held.show_closed", "Show closed entries")}
      </button>
    );
  return (
    <section>
      <h2>{pgettext("held.closed_title", "Closed entries")}</h2>
      {!page && !problem && <Loading />}
      {page?.items.length === 0 && <Empty>{pgettext("held.none_closed", "Nothing was closed.")}</Empty>}
      <ul class="cards">
        {groupsOf(page?.items ?? []).map((group) => (
          <Item key={group.key} group={group} areas={areas} />
        ))}
      </ul>
      {problem && <Failed problem={problem} />}
      {(problem || (page && page.next !== null)) && (
        <button type="button" onClick={ask}>
          {pgettext("ui.show_more", "Show more")}
        </button>
      )}
    </section>
  );
}
