/** Who wrote what on a record, and when: read from the server when someone asks for it. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Empty, Failed, Loading, Warning } from "../../components/notice.tsx";
import type { Area, Problem, Value } from "../../engine/contract.ts";
import { formatDateTime } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { problemSentence } from "../../i18n/problems.ts";
import { Decided, type Decision } from "../held/decided.tsx";
import { Values } from "../held/held-note.tsx";
import { type Page, withQuery } from "../wire.ts";

export interface PastOperation {
  readonly id: string;
  readonly author: { readonly name: string };
  readonly received_ms: number;
  readonly set: Readonly<Record<string, Value>>;
  readonly status?: string;
  readonly code?: string | null;
  readonly decision?: Decision | null;
}

type Answer = Page<PastOperation>;
type Props = { readonly id: string; readonly kind: string; readonly areas: readonly Area[] };

function Operation({ operation, kind, areas }: { operation: PastOperation } & Omit<Props, "id">) {
  return (
    <li class="card">
      <p>
        {operation.author.name} · {formatDateTime(operation.received_ms)}
      </p>
      {operation.status === "held" && operation.code && <Warning>{problemSentence(operation.code)}</Warning>}
      {operation.decision && <Decided status={operation.status} decision={operation.decision} />}
      <Values kind={kind} set={operation.set} areas={areas} />
    </li>
  );
}

export function History({ id, kind, areas }: Props) {
  const engine = useEngine();
  const [pages, setPages] = useState<Answer | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isAsked, setAsked] = useState(false);
  const ask = async () => {
    setAsked(true);
    const path = withQuery(`/api/v1/records/${encodeURIComponent(id)}/history`, { before: pages?.next ?? null });
    const outcome = await engine.get<Answer>(path);
    setProblem(outcome.ok ? null : outcome.problem);
    if (!outcome.ok || !outcome.value.body) return;
    const { items, next } = outcome.value.body;
    setPages({ items: [...(pages?.items ?? []), ...items], next });
  };
  if (!isAsked)
    return engine.status.value.offline ? (
      <Empty>{pgettext("record.history_offline", "The history can be read online.")}</Empty>
    ) : (
      <button type="button" onClick={ask}>
        {pgettext("record.history", "History of changes")}
      </button>
    );
  if (problem && !pages) return <Failed problem={problem} />;
  if (!pages) return <Loading />;
  return (
    <section>
      <h2>{pgettext("record.history", "History of changes")}</h2>
      <ol class="rows">
        {pages.items.map((operation) => (
          <Operation key={operation.id} operation={operation} kind={kind} areas={areas} />
        ))}
      </ol>
      {problem && <Failed problem={problem} />}
      {pages.next !== null && (
        <button type="button" onClick={ask}>
          {pgettext("ui.show_more", "Show more")}
        </button>
      )}
    </section>
  );
}
