/** A record that this phone does not keep, as the server has it. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Flags } from "../../components/flags.tsx";
import { Failed, Loading } from "../../components/notice.tsx";
import { keyNumbers } from "../../components/record-row.tsx";
import type { Area, Problem } from "../../engine/contract.ts";
import { formatDateTime } from "../../i18n/formats.ts";
import { kindLabel } from "../../i18n/kinds.ts";
import { overlay } from "../../sync/core/overlay.ts";
import type { ServerRecord } from "../../sync/core/record.ts";
import { Choice } from "../conflicts/choice.tsx";
import { useSaid } from "../conflicts/use-said.ts";
import { shownValues, type WireRecord } from "../wire.ts";
import { History } from "./history.tsx";
import { OnlinePhotos } from "./photos.tsx";
import { FieldTable } from "./record.tsx";
import { Restoring } from "./restoring.tsx";
import { mayWriteRecord } from "./writing.ts";

/** With all that a decision has to name. */
type Whole = WireRecord & Pick<ServerRecord, "fields" | "siblings" | "stamps">;

/** The server names the place; the phone may keep no areas of that unit. */
function placed(record: WireRecord, areas: readonly Area[]): readonly Area[] {
  const [id, name] = [shownValues(record).place, record.place_name];
  if (typeof id !== "string" || !name || areas.some((area) => area.id === id)) return areas;
  return [...areas, { id, code: null, kind: "", name, full_name: name, parent: null }];
}

export function OnlineRecord({ id, areas }: { id: string; areas: readonly Area[] }) {
  const engine = useEngine();
  const [record, setRecord] = useState<Whole | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    engine.get<Whole>(`/api/v1/records/${encodeURIComponent(id)}`).then((outcome) => {
      if (outcome.ok) setRecord(outcome.value.body);
      else setProblem(outcome.problem);
    });
  }, [engine, id]);
  const said = useSaid(id, Object.keys(record?.siblings ?? {}).join(" "));
  if (problem) return <Failed problem={problem} />;
  if (!record) return <Loading />;
  const fields = shownValues(record);
  const place = placed(record, areas);
  const heads = overlay("", record, []);
  const shown = { kind: record.kind, fields, conflicts: Object.keys(record.siblings) };
  return (
    <>
      <h2>{kindLabel(record.kind)}</h2>
      <p class="quiet">
        {[record.unit_name, record.created.by.name].filter(Boolean).join(" · ")} ·{" "}
        {formatDateTime(record.created.received_ms)}
      </p>
      <Restoring
        record={{ ...record, fields }}
        seen={heads}
        mayWrite={mayWriteRecord(engine, record)}
        then={`/records/${id}`}
      />
      {shown.conflicts.map((name) => (
        <Choice
          key={name}
          record={record}
          name={name}
          fields={heads}
          sources={{ people: new Map(), said }}
          areas={place}
          mayDecide={mayWriteRecord(engine, record)}
          then={`/records/${id}`}
        />
      ))}
      <Flags flags={record.flags} />
      <FieldTable record={shown} areas={place} />
      <OnlinePhotos record={record} />
      <ul class="rows">
        {(record.children ?? []).map((child) => (
          <li class="row" key={child.id}>
            <a href={`/records/${child.id}`}>
              <strong>{kindLabel(child.kind)}</strong> {keyNumbers(child.kind, shownValues(child))}
            </a>
          </li>
        ))}
      </ul>
      <History id={id} kind={record.kind} areas={place} />
    </>
  );
}
