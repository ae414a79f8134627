/** Everything that waits for a person's choice: fields with several values, and void records that were edited. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Icon, kindIcon } from "../../components/icon.tsx";
import { Empty, Loading } from "../../components/notice.tsx";
import { momentOf, placeName } from "../../components/record-row.tsx";
import { Screen } from "../../components/screen.tsx";
import { useLive } from "../../components/use-live.ts";
import type { Area, ShownRecord } from "../../engine/contract.ts";
import { formatMoment } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { kindLabel } from "../../i18n/kinds.ts";
import { Restoring } from "../record/restoring.tsx";
import { mayWriteRecord } from "../record/writing.ts";
import { Elsewhere } from "./elsewhere.tsx";
import { RecordConflicts } from "./record-conflicts.tsx";

const HERE = "/conflicts";
const LISTED_AT_ONCE = 50;

function Heading({ record, areas }: { record: ShownRecord; areas: readonly Area[] }) {
  const engine = useEngine();
  const place = placeName(record.fields.place, areas);
  const at = formatMoment(momentOf(record), engine.nowMs());
  return (
    <h2>
      <a class="record-link" href={`/records/${record.id}`}>
        <Icon name={kindIcon(record.kind)} />
        <span>{[kindLabel(record.kind), at, place].filter(Boolean).join(" · ")}</span>
      </a>
    </h2>
  );
}

function EditedWhileVoid({ record }: { record: ShownRecord }) {
  const engine = useEngine();
  const heads = useLive(async () => (await engine.decisions()).heads(record.id), [record.id]);
  if (!heads) return null;
  return <Restoring record={record} seen={heads.fields} mayWrite={mayWriteRecord(engine, record)} then={HERE} />;
}

export function ConflictsScreen() {
  const engine = useEngine();
  const [listed, setListed] = useState(LISTED_AT_ONCE);
  const read = useLive(async () => {
    const decisions = await engine.decisions();
    // One more than is shown tells whether there are more.
    const [areas, records] = await Promise.all([engine.areas(), decisions.undecided(listed + 1)]);
    return { areas, records };
  }, [listed]);
  return (
    <Screen title={pgettext("ui.needs_attention", "Needs attention")}>
      {read === undefined && <Loading />}
      {read?.records.length === 0 && (
        <Empty>{pgettext("conflict.none", "No record on this device waits for a choice.")}</Empty>
      )}
      {read?.records.slice(0, listed).map((record) => (
        <article class="card" key={record.id}>
          <Heading record={record} areas={read.areas} />
          {record.flags.includes("edited_while_void") && <EditedWhileVoid record={record} />}
          {record.conflicts.length > 0 && <RecordConflicts record={record} areas={read.areas} then={HERE} />}
        </article>
      ))}
      {read && read.records.length > listed && (
        <button type="button" onClick={() => setListed(listed + LISTED_AT_ONCE)}>
          {pgettext("ui.show_more", "Show more")}
        </button>
      )}
      {read && <Elsewhere known={read.records} />}
    </Screen>
  );
}
