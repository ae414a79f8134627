/** A record that this phone does not keep, as the server has it. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Flags } from "../../components/flags.tsx";
import { Failed, Loading, Warning } from "../../components/notice.tsx";
import type { Area, Problem } from "../../engine/contract.ts";
import { formatDateTime } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { kindLabel } from "../../i18n/kinds.ts";
import { shownValues, type WireRecord } from "../wire.ts";
import { History } from "./history.tsx";
import { FieldTable } from "./record.tsx";

export function OnlineRecord({ id, areas }: { id: string; areas: readonly Area[] }) {
  const engine = useEngine();
  const [record, setRecord] = useState<WireRecord | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    engine.get<WireRecord>(`/api/v1/records/${encodeURIComponent(id)}`).then((outcome) => {
      if (outcome.ok) setRecord(outcome.value.body);
      else setProblem(outcome.problem);
    });
  }, [engine, id]);
  if (problem) return <Failed problem={problem} />;
  if (!record) return <Loading />;
  const fields = shownValues(record);
  const shown = { kind: record.kind, fields, conflicts: Object.keys(record.siblings ?? {}) };
  return (
    <>
      <h2>{kindLabel(record.kind)}</h2>
      <p class="quiet">
        {record.created.by.name} · {formatDateTime(record.created.received_ms)}
      </p>
      {typeof fields.void === "string" && (
        <Warning>
          {pgettext("state.void", "Voided")}: {fields.void}
        </Warning>
      )}
      <Flags flags={record.flags} />
      <FieldTable record={shown} areas={areas} />
      <History id={id} kind={record.kind} areas={areas} />
    </>
  );
}
