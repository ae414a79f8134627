/** One form for every kind that is a row of choices and counts; what it asks stands in `specs.ts`. */
import { useRef } from "preact/hooks";
import { AreaPicker } from "../../components/area-picker.tsx";
import { useEngine } from "../../components/engine-context.ts";
import type { Fault } from "../../components/field.tsx";
import { PhotoPart } from "../../components/lazy-photos.ts";
import { Screen } from "../../components/screen.tsx";
import { useLive } from "../../components/use-live.ts";
import type { Change, Engine, ShownRecord } from "../../engine/contract.ts";
import { formatMoment } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel } from "../../i18n/kinds.ts";
import { problemSentence } from "../../i18n/problems.ts";
import { Form, SaveButton } from "../forms/form.tsx";
import { type First, KindFields } from "../forms/kind-fields.tsx";
import { type Opening, useOpening } from "../forms/opening.ts";
import { usePlaces } from "../forms/places.ts";
import { type Fields, NEW, readForm, timeFaults } from "../forms/reading.ts";
import { save } from "../forms/saving.ts";
import { typedOf } from "../forms/typed.ts";
import { NoUnit } from "../no-unit.tsx";
import { NotFound } from "../not-found.tsx";
import { LEAFLETS_MAX, LeafletField } from "./leaflet-field.tsx";
import { OpeningScreen } from "./opening-screen.tsx";
import { type FormSpec, specOf } from "./specs.ts";

const LATELY_MAX = 20;
const TIMES = ["started_at", "ended_at"];

/** Pure: the change for what the form holds; what is shown there but was not touched counts as entered. */
export function activityChange(
  spec: FormSpec,
  form: FormData,
  shown: Fields,
  to: { readonly record: string; readonly partition: string },
  nowMs: number,
): { readonly change: Change; readonly faults: readonly Fault[] } {
  const times = spec.isPast ? TIMES : ["started_at"];
  const names = [...times, ...(spec.hasPlace ? ["place"] : []), ...spec.main, ...spec.more];
  const { set, faults } = readForm(spec.kind, names, form, {}, shown);
  const parent = form.get("parent");
  const change: Change = { ...to, ...NEW, kind: spec.kind, set: { ...(parent && { parent: String(parent) }), ...set } };
  const absent = spec.isPast ? TIMES.filter((name) => typeof set[name] !== "number") : [];
  return { change, faults: [...faults, ...timeFaults(set, nowMs), ...absent.map((name) => missing(spec.kind, name))] };
}

/** A past patrol without its end would be an open one. */
function missing(kind: string, field: string): Fault {
  return { field, text: problemSentence("missing-value", { field: fieldLabel(kind, field) }) };
}

/** What was chosen lately, then what is usual. */
export function firstChoices(spec: FormSpec, records: readonly ShownRecord[]): First {
  const lately = (name: string) =>
    records.map(({ fields }) => fields[name]).filter((value) => typeof value === "string");
  return Object.fromEntries(Object.entries(spec.first).map(([name, usual]) => [name, [...lately(name), ...usual]]));
}

/** What the form is made from: the own last records of the kind, the open patrol, the leaflets. */
async function surroundings(engine: Engine, spec: FormSpec) {
  const [lately, patrol, leaflets] = await Promise.all([
    engine.list({ kinds: [spec.kind], own: true, limit: LATELY_MAX }),
    // A patrol that cannot be looked at while the app is locked keeps nobody from recording.
    spec.inPatrol ? engine.openPatrol().catch(() => null) : null,
    spec.main.includes("leaflet") ? engine.list({ kinds: ["leaflet"], limit: LEAFLETS_MAX }) : [],
  ]);
  return { lately, patrol, leaflets };
}

/** What the form was drawn from: choices must not move or go while somebody fills it in. */
function useOnce<T>(found: T | undefined): T | undefined {
  const first = useRef<T | undefined>(undefined);
  first.current ??= found;
  return first.current;
}

/** A draft keeps its patrol, which may have ended since it was begun. */
function PatrolPart({ opening, patrol }: { opening: Opening; patrol: ShownRecord | null }) {
  const kept = opening.draft?.typed.find(([name]) => name === "parent")?.[1];
  const id = kept ?? patrol?.id;
  if (!id) return null;
  const startedMs = id === patrol?.id ? Number(patrol.fields.started_at) : null;
  return (
    <label class="choice">
      <input type="checkbox" name="parent" value={id} defaultChecked={!opening.draft || kept !== undefined} />
      <span>
        {startedMs === null
          ? pgettext("incident.in_patrol", "Belongs to the patrol")
          : pgettext("incident.in_patrol_since", "Belongs to the patrol since %(time)s", {
              time: formatMoment(startedMs, opening.nowMs),
            })}
      </span>
    </label>
  );
}

/** A design that is the only one need not be chosen. */
const only = ([first, ...more]: readonly ShownRecord[]): string => (first && more.length === 0 ? first.id : "");

export function Activity({ kind }: { kind: string }) {
  const spec = specOf(kind);
  return spec ? <ActivityForm spec={spec} /> : <NotFound />;
}

function ActivityForm({ spec }: { spec: FormSpec }) {
  const engine = useEngine();
  const opening = useOpening(spec.kind, spec.kind);
  const places = usePlaces(engine);
  const around = useOnce(useLive(() => surroundings(engine, spec)));
  const title = spec.title();
  if (!opening || !places || !around) return <OpeningScreen title={title} />;
  const { unit, record } = opening;
  if (!unit) return <NoUnit title={title} />;
  const shown: Fields = { ...(!spec.isPast && { started_at: opening.nowMs }), ...spec.usual };
  const to = { record, partition: unit.id };
  const submit = async (form: FormData) => {
    const { change, faults } = activityChange(spec, form, shown, to, engine.nowMs());
    return faults.length > 0 ? faults : save(engine, [change], "/", { draft: opening, entered: form });
  };
  const plain = spec.main.filter((name) => name !== "leaflet");
  const late = spec.isPast ? [] : ["started_at"];
  const first = firstChoices(spec, around.lately);
  const last = typedOf(around.lately[0]?.fields ?? {}, spec.repeats);
  return (
    <Screen title={title} action={<SaveButton />}>
      <Form key={record} opening={opening} submit={submit} last={last}>
        {(faults) => (
          <>
            {spec.isPast && <KindFields kind={spec.kind} names={TIMES} shown={shown} faults={faults} />}
            {spec.inPatrol && <PatrolPart opening={opening} patrol={around.patrol} />}
            {plain.length < spec.main.length && (
              <LeafletField name="leaflet" leaflets={around.leaflets} value={only(around.leaflets)} faults={faults} />
            )}
            <KindFields kind={spec.kind} names={plain} shown={shown} faults={faults} first={first} />
            {spec.hasPlace && (
              <AreaPicker name="place" label={fieldLabel(spec.kind, "place")} value={opening.place} {...places} />
            )}
            {spec.hasPlace && <PhotoPart to={to} isNew mayAdd />}
            <details class="part">
              <summary>{pgettext("ui.more_fields", "More fields")}</summary>
              <KindFields kind={spec.kind} names={[...late, ...spec.more]} shown={shown} faults={faults} />
            </details>
          </>
        )}
      </Form>
    </Screen>
  );
}
