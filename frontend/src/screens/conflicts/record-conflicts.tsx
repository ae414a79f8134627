/** The conflicts of one record that this phone keeps, with what it needs to decide them. */
import { useEngine } from "../../components/engine-context.ts";
import { useLive } from "../../components/use-live.ts";
import type { Area, ShownRecord } from "../../engine/contract.ts";
import { headsOf } from "../../sync/core/overlay.ts";
import { mayWriteRecord } from "../record/writing.ts";
import { Choice } from "./choice.tsx";
import { useSaid } from "./use-said.ts";

interface Props {
  readonly record: ShownRecord;
  readonly areas: readonly Area[];
  readonly then: string;
}

export function RecordConflicts({ record, areas, then }: Props) {
  const engine = useEngine();
  const heads = useLive(async () => (await engine.decisions()).heads(record.id), [record.id]);
  const names = heads ? [...heads.fields].filter(([, { siblings }]) => siblings.length > 0).map(([name]) => name) : [];
  const ids = heads ? names.flatMap((name) => headsOf(heads.fields, name).flatMap((head) => head.ids)) : [];
  const said = useSaid(record.id, ids.join(" "));
  if (!heads) return null;
  return (
    <>
      {names.map((name) => (
        <Choice
          key={name}
          record={record}
          name={name}
          fields={heads.fields}
          sources={{ people: heads.people, said }}
          areas={areas}
          mayDecide={mayWriteRecord(engine, record)}
          then={then}
        />
      ))}
    </>
  );
}
