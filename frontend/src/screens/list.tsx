/** The records on this phone: own or of the whole unit, by kind, searched without tones. */
import { useState } from "preact/hooks";
import { useEngine } from "../components/engine-context.ts";
import { SelectField } from "../components/field.tsx";
import { Empty, Loading } from "../components/notice.tsx";
import { RecordRow } from "../components/record-row.tsx";
import { Screen } from "../components/screen.tsx";
import { standingAlone } from "../components/standing-alone.ts";
import { useLive } from "../components/use-live.ts";
import { pgettext } from "../i18n/index.ts";
import { activityKinds, kindLabel } from "../i18n/kinds.ts";

const PAGE_RECORDS = 50;

interface Sought {
  readonly kind: string;
  readonly whose: string;
  readonly text: string;
}

function Filters({ sought, change }: { sought: Sought; change: (part: Partial<Sought>) => void }) {
  const kinds = [
    { value: "", label: pgettext("list.all_kinds", "All kinds") },
    ...activityKinds().map((kind) => ({ value: kind, label: kindLabel(kind) })),
  ];
  const people = [
    { value: "own", label: pgettext("list.own", "My records") },
    { value: "unit", label: pgettext("list.unit", "The whole unit") },
  ];
  return (
    <search class="filters">
      <div class="field">
        <label for="text">{pgettext("ui.search", "Search")}</label>
        <input
          id="text"
          type="search"
          autoComplete="off"
          onInput={(event) => change({ text: event.currentTarget.value })}
        />
      </div>
      <SelectField
        name="kind"
        label={pgettext("kind", "Record type")}
        choices={kinds}
        value={sought.kind}
        onPick={(kind) => change({ kind })}
      />
      <SelectField
        name="whose"
        label={pgettext("list.whose", "Whose")}
        choices={people}
        value={sought.whose}
        onPick={(whose) => change({ whose })}
      />
    </search>
  );
}

export function List() {
  const engine = useEngine();
  const [sought, setSought] = useState<Sought>({ kind: "", whose: "own", text: "" });
  const [limit, setLimit] = useState(PAGE_RECORDS);
  const areas = useLive(() => engine.areas());
  const records = useLive(
    () =>
      engine.list({
        kinds: sought.kind ? [sought.kind] : activityKinds(),
        own: sought.whose === "own",
        ...(sought.text.trim() && { text: sought.text.trim() }),
        limit: limit + 1,
      }),
    [sought.kind, sought.whose, sought.text, limit],
  );
  const nowMs = engine.nowMs();
  // Whoever asks for one kind sees all of it.
  const rows = sought.kind ? (records ?? []) : standingAlone(records ?? []);
  return (
    <Screen title={pgettext("ui.list", "List")}>
      <Filters sought={sought} change={(part) => setSought({ ...sought, ...part })} />
      {records === undefined && <Loading />}
      {records?.length === 0 && <Empty>{pgettext("list.empty", "No records match.")}</Empty>}
      <ul class="rows">
        {rows.slice(0, limit).map((record) => (
          <RecordRow key={record.id} record={record} areas={areas ?? []} nowMs={nowMs} />
        ))}
      </ul>
      {records && records.length > limit && (
        <button type="button" onClick={() => setLimit(limit + PAGE_RECORDS)}>
          {pgettext("ui.show_more", "Show more")}
        </button>
      )}
    </Screen>
  );
}
