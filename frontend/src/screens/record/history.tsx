/** Who wrote what on a record, and when: read from the server when someone asks for it. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Empty, Failed, Loading, Warning } from "../../components/notice.tsx";
import type { Area, Problem, Value } from "../../engine/contract.ts";
import { formatDateTime } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel, isPerson } from "../../i18n/kinds.ts";
import { problemSentence } from "../../i18n/problems.ts";
import type { Page } from "../wire.ts";
import { valueText } from "./values.ts";

export interface PastOperation {
  readonly id: string;
  readonly author: { readonly name: string };
  readonly received_ms: number;
  readonly set: Readonly<Record<string, Value>>;
  readonly status?: string;
  readonly code?: string | null;
}

type Answer = Page<PastOperation>;
type Props = { readonly id: string; readonly kind: string; readonly areas: readonly Area[] };

function Operation({ operation, kind, areas }: { operation: PastOperation } & Omit<Props, "id">) {
  const values = Object.entries(operation.set).filter(([name]) => !isPerson(kind, name));
  return (
    <li class="card">
      <p>
        {operation.author.name} · {formatDateTime(operation.received_ms)}
      </p>
      {operation.status === "held" && operation.code && <Warning>{problemSentence(operation.code)}</Warning>}
      <dl class="facts">
        {values.map(([name, value]) => (
          <div key={name}>
            <dt>{fieldLabel(kind, name)}</dt>
            <dd>{valueText(kind, name, value, areas)}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

export function History({ id, kind, areas }: Props) {
  const engine = useEngine();
  const [operations, setOperations] = useState<readonly PastOperation[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isAsked, setAsked] = useState(false);
  const ask = async () => {
    setAsked(true);
    const outcome = await engine.get<Answer>(`/api/v1/records/${encodeURIComponent(id)}/history`);
    if (outcome.ok) setOperations(outcome.value.body?.items ?? []);
    else setProblem(outcome.problem);
  };
  if (!isAsked)
    return engine.status.value.offline ? (
      <Empty>{pgettext("record.history_offline", "The history can be read online.")}</Empty>
    ) : (
      <button type="button" onClick={ask}>
        {pgettext("record.history", "History of changes")}
      </button>
    );
  if (problem) return <Failed problem={problem} />;
  if (!operations) return <Loading />;
  return (
    <section>
      <h2>{pgettext("record.history", "History of changes")}</h2>
      <ol class="rows">
        {operations.map((operation) => (
          <Operation key={operation.id} operation={operation} kind={kind} areas={areas} />
        ))}
      </ol>
    </section>
  );
}
