/** Conflicts of records that this phone does not keep; only the server knows of them. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Empty, Failed } from "../../components/notice.tsx";
import type { Problem, ShownRecord } from "../../engine/contract.ts";
import { formatDay } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel, kindLabel } from "../../i18n/kinds.ts";
import { type Page, withQuery } from "../wire.ts";
import type { WireConflict } from "./use-said.ts";

export function Elsewhere({ known }: { known: readonly Pick<ShownRecord, "id">[] }) {
  const engine = useEngine();
  const [items, setItems] = useState<readonly WireConflict[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { offline } = engine.status.value;
  useEffect(() => {
    if (offline) return;
    engine.get<Page<WireConflict>>(withQuery("/api/v1/conflicts", { limit: "200" })).then(async (outcome) => {
      setProblem(outcome.ok ? null : outcome.problem);
      const all = outcome.ok ? (outcome.value.body?.items ?? []) : [];
      // What this phone keeps is decided from its own copy, which may already say more.
      const kept = await Promise.all(all.map(async (item) => (await engine.record(item.record)) !== null));
      setItems(all.filter((_, at) => !kept[at]));
    });
  }, [engine, offline, known.length]);
  if (offline) return <Empty>{pgettext("conflict.offline", "Offline – shown is what this device keeps.")}</Empty>;
  if (problem) return <Failed problem={problem} />;
  if (items.length === 0) return null;
  return (
    <section>
      <h2>{pgettext("conflict.elsewhere", "On the server")}</h2>
      <ul class="rows">
        {items.map((item) => (
          <li class="row" key={`${item.record} ${item.field}`}>
            <a href={`/records/${item.record}`}>
              <span class="row-text">
                <strong>
                  {kindLabel(item.kind)}: {fieldLabel(item.kind, item.field)}
                </strong>
                <span>{[formatDay(item.day), item.place_name ?? item.unit_name].filter(Boolean).join(" · ")}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
