/** What part of the feed is shown. */
import { useEffect } from "preact/hooks";
import { type Fault, SelectField, TextField } from "../../components/field.tsx";
import { pgettext } from "../../i18n/index.ts";
import { activityKinds, kindLabel } from "../../i18n/kinds.ts";
import type { AreaChoice } from "../own-areas.ts";

export type Sought = Readonly<Record<"area" | "kind" | "from" | "to" | "q", string>>;

export function soughtOf(query: URLSearchParams): Sought {
  const of = (name: string): string => query.get(name) ?? "";
  return { area: of("area"), kind: of("kind"), from: of("from"), to: of("to"), q: of("q") };
}

/** Text is sent when typing pauses: a request for each key would queue up on a slow network. */
const PAUSE_MS = 400;
let timer: ReturnType<typeof setTimeout> | undefined;

interface Props {
  readonly sought: Sought;
  readonly areas: readonly AreaChoice[];
  readonly faults: readonly Fault[];
  readonly change: (part: Partial<Sought>) => void;
}

export function FeedFilters({ sought, areas, faults, change }: Props) {
  const later = (part: Partial<Sought>) => {
    clearTimeout(timer);
    timer = setTimeout(() => change(part), PAUSE_MS);
  };
  // What was being typed belongs to this screen's address, not to the next one's.
  useEffect(() => () => clearTimeout(timer), []);
  const all = { value: "", label: pgettext("feed.all_areas", "All my areas") };
  const kinds = [
    { value: "", label: pgettext("list.all_kinds", "All kinds") },
    ...activityKinds().map((kind) => ({ value: kind, label: kindLabel(kind) })),
  ];
  return (
    <search class="filters">
      <SelectField
        name="area"
        label={pgettext("place", "Area")}
        choices={[all, ...areas]}
        value={sought.area}
        onPick={(area) => change({ area })}
      />
      <SelectField
        name="kind"
        label={pgettext("kind", "Record type")}
        choices={kinds}
        value={sought.kind}
        onPick={(kind) => change({ kind })}
      />
      <TextField
        name="from"
        label={pgettext("period.from", "From day")}
        type="date"
        value={sought.from}
        faults={faults}
        onText={(from) => later({ from: from.trim() })}
      />
      <TextField
        name="to"
        label={pgettext("period.to", "To day")}
        type="date"
        value={sought.to}
        faults={faults}
        onText={(to) => later({ to: to.trim() })}
      />
      <TextField
        name="q"
        label={pgettext("ui.search", "Search")}
        type="search"
        value={sought.q}
        onText={(q) => later({ q: q.trim() })}
      />
    </search>
  );
}
