/** One record: what it says, where it stands, what people have to decide about it, and the ways to change it. */
import { useEngine } from "../../components/engine-context.ts";
import { Flags } from "../../components/flags.tsx";
import { LegRows } from "../../components/leg-rows.tsx";
import { Empty, Loading, Warning } from "../../components/notice.tsx";
import { RecordRow } from "../../components/record-row.tsx";
import { Screen } from "../../components/screen.tsx";
import { StateMark } from "../../components/state-mark.tsx";
import { useLive } from "../../components/use-live.ts";
import type { Area, ShownRecord } from "../../engine/contract.ts";
import { formatDateTime, formatNumber } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel, isPerson, kindLabel, kindOf } from "../../i18n/kinds.ts";
import { minutesBetween } from "../../sync/core/minutes.ts";
import { RecordConflicts } from "../conflicts/record-conflicts.tsx";
import { HeldNotes } from "../held/held-note.tsx";
import { Correcting } from "./correcting.tsx";
import { History } from "./history.tsx";
import { OnlineRecord } from "./online-record.tsx";
import { isPhoto, RecordPhotos } from "./photos.tsx";
import { Restoring } from "./restoring.tsx";
import { valueText } from "./values.ts";
import { Voiding } from "./voiding.tsx";
import { mayWriteRecord } from "./writing.ts";

/** Shown elsewhere on the page, or only meant for machines. */
const HIDDEN = new Set(["void", "parent", "sha256", "file_sha256"]);

/** Legs have rows of their own; a track is for maps, and its sums stand with the patrol. */
const SHOWN_APART = new Set(["leg", "track"]);

/** Fields in the order of their kind, then those that only a newer server knows. */
export function shownFields(record: Pick<ShownRecord, "kind" | "fields">): readonly string[] {
  const known = Object.keys(kindOf(record.kind)?.fields ?? {});
  const all = [...known, ...Object.keys(record.fields).filter((name) => !known.includes(name))];
  return all.filter(
    (name) =>
      !HIDDEN.has(name) &&
      !isPerson(record.kind, name) &&
      record.fields[name] !== undefined &&
      record.fields[name] !== null,
  );
}

export function FieldTable({
  record,
  areas,
}: {
  record: Pick<ShownRecord, "kind" | "fields" | "conflicts">;
  areas: readonly Area[];
}) {
  return (
    <dl class="facts">
      {shownFields(record).map((name) => (
        <div key={name}>
          <dt>{fieldLabel(record.kind, name)}</dt>
          <dd>
            {valueText(record.kind, name, record.fields[name] ?? null, areas)}
            {record.conflicts.includes(name) && (
              <span class="mark mark-held">{pgettext("flag.conflict", "Different values")}</span>
            )}
          </dd>
        </div>
      ))}
      <Duration fields={record.fields} />
    </dl>
  );
}

/** As the figures count it: whole minutes, rounded down. */
function Duration({ fields }: { fields: ShownRecord["fields"] }) {
  const [start, end] = [fields.started_at, fields.ended_at].map((time) => (typeof time === "number" ? time : null));
  const minutes = minutesBetween(start ?? null, end ?? null);
  if (minutes === null) return null;
  return (
    <div>
      <dt>{pgettext("record.duration", "Duration")}</dt>
      <dd>{pgettext("record.minutes", "%(n)s minutes", { n: formatNumber(minutes) })}</dd>
    </div>
  );
}

/** What this phone alone knows of the record: its heads, and its own operations that are held. */
function useDecisions(id: string) {
  const engine = useEngine();
  return useLive(async () => {
    const decisions = await engine.decisions();
    const [heads, held] = await Promise.all([decisions.heads(id), decisions.held(id)]);
    return { heads, held };
  }, [id]);
}

function Local({ record, areas }: { record: ShownRecord; areas: readonly Area[] }) {
  const engine = useEngine();
  const children = useLive(() => engine.children(record.id), [record.id]) ?? [];
  const known = useDecisions(record.id);
  const isVoid = record.fields.void !== undefined && record.fields.void !== null;
  const mayWrite = mayWriteRecord(engine, record);
  const parent = record.fields.parent;
  const here = `/records/${record.id}`;
  return (
    <div class="panes">
      <div>
        <p>
          <StateMark state={record.state} />
        </p>
        {record.state === "held" && (
          <Warning>{pgettext("state.held_hint", "Kept by the server but not yet counted")}</Warning>
        )}
        {known && <HeldNotes held={known.held} areas={areas} />}
        {known && isVoid && <Restoring record={record} seen={known.heads.fields} mayWrite={mayWrite} then={here} />}
        {record.conflicts.length > 0 && <RecordConflicts record={record} areas={areas} then={here} />}
        <Flags flags={record.flags} />
        {record.author.id !== "" && (
          <p class="quiet">
            {record.author.name} · {formatDateTime(record.createdMs)}
          </p>
        )}
        <FieldTable record={record} areas={areas} />
        {(record.fields.point || children.some(({ kind }) => kind === "track")) && (
          <a class="link" href={`/map?record=${encodeURIComponent(record.id)}`}>
            {pgettext("map.show", "Show on the map")}
          </a>
        )}
      </div>
      <div>
        {typeof parent === "string" && (
          <a class="link" href={`/records/${parent}`}>
            {fieldLabel(record.kind, "parent")}
          </a>
        )}
        <RecordPhotos record={record} />
        {record.kind === "patrol" && <LegRows patrol={record.id} />}
        <ul class="rows">
          {children
            .filter((child) => !isPhoto(child) && !SHOWN_APART.has(child.kind))
            .map((child) => (
              <RecordRow key={child.id} record={child} areas={areas} nowMs={engine.nowMs()} />
            ))}
        </ul>
        {known && mayWrite && !isVoid && (
          <>
            <Correcting record={record} seen={known.heads.fields} areas={areas} />
            <Voiding record={record} seen={known.heads.fields} />
          </>
        )}
        {known?.heads.isOnServer && <History id={record.id} kind={record.kind} areas={areas} />}
      </div>
    </div>
  );
}

export function RecordPage({ id }: { id: string }) {
  const engine = useEngine();
  const read = useLive(async () => ({ record: await engine.record(id), areas: await engine.areas() }), [id]);
  const title = read?.record ? kindLabel(read.record.kind) : pgettext("ui.record_page", "Record details");
  return (
    <Screen title={title}>
      {read === undefined && <Loading />}
      {read?.record && <Local record={read.record} areas={read.areas} />}
      {read?.record === null &&
        (engine.status.value.offline ? (
          <Empty>{pgettext("record.not_here", "This record is not on this device. Go online to read it.")}</Empty>
        ) : (
          <OnlineRecord id={id} areas={read.areas} />
        ))}
    </Screen>
  );
}
