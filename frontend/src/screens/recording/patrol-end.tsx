/** The results of the open patrol. It ends when the form is opened, not when it has been filled in; or it has ended. */
import { useRef } from "preact/hooks";
import { AreaPicker } from "../../components/area-picker.tsx";
import { useEngine } from "../../components/engine-context.ts";
import { PhotoPart } from "../../components/lazy-photos.ts";
import { LegRows, legsOf } from "../../components/leg-rows.tsx";
import { Empty, Loading } from "../../components/notice.tsx";
import { Screen } from "../../components/screen.tsx";
import { useLive } from "../../components/use-live.ts";
import type { Change, Engine, ShownRecord, Value } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel } from "../../i18n/kinds.ts";
import { Form, SaveButton } from "../forms/form.tsx";
import { KindFields } from "../forms/kind-fields.tsx";
import { useOpening } from "../forms/opening.ts";
import { usePlaces } from "../forms/places.ts";
import { type Fields, readForm, timeFaults } from "../forms/reading.ts";
import { save } from "../forms/saving.ts";
import { query } from "../router.ts";

const RESULTS = ["route", "officers", "grassroots", "militia", "transport", "note"];
const MORE = ["patrol_type", "led_by", "others", "place_note"];

/** Pure: what the results form adds to the patrol. */
export function patrolChange(form: FormData, patrol: ShownRecord, shown: Fields, nowMs: number) {
  const names = ["started_at", "ended_at", "place", ...RESULTS, ...MORE];
  const { set, faults } = readForm("patrol", names, form, patrol.fields, shown);
  const { id: record, partition, seen } = patrol;
  const change: Change = { record, kind: "patrol", partition, set, ...(seen && { seen }) };
  return { change, faults: [...faults, ...timeFaults({ ...patrol.fields, ...set }, nowMs)] };
}

/** Pure: what the patrol went by, its legs among it. */
export function transportOf({ fields }: ShownRecord, legs: readonly ShownRecord[]): Value {
  const all = [fields.transport, ...legs.map((leg) => leg.fields.transport)];
  const words = all.flatMap((value) => (Array.isArray(value) ? value.map(String) : []));
  return words.length > 0 ? [...new Set(words)].sort() : null;
}

/** What was measured on the way; without its code, or while it is locked, the results are saved all the same. */
async function sumsAt(engine: Engine, patrol: string, endMs: Value) {
  if (!engine.session.value?.isTracked || typeof endMs !== "number") return null;
  const { measured } = await import("../../tracks/sums.ts");
  return await measured(engine, patrol, endMs).catch(() => null);
}

/** As they were when the form was opened. */
function useLegs(engine: Engine, patrol: string): readonly ShownRecord[] | undefined {
  const found = useLive(async () => legsOf(await engine.children(patrol)), [patrol]);
  const first = useRef<readonly ShownRecord[] | undefined>(undefined);
  first.current ??= found;
  return first.current;
}

function Results({ patrol }: { patrol: ShownRecord }) {
  const engine = useEngine();
  const opening = useOpening(`patrol ${patrol.id}`, "patrol", patrol);
  const places = usePlaces(engine);
  const legs = useLegs(engine, patrol.id);
  if (!opening || !places || !legs) return <Loading />;
  // As it was when the form was first opened, perhaps by a page that died: what came in since then was not seen.
  const seen = opening.opened ?? patrol;
  const place = typeof seen.fields.place === "string" ? seen.fields.place : opening.place;
  const ended_at = seen.fields.ended_at ?? opening.nowMs;
  const shown: Fields = { ...seen.fields, ended_at, transport: transportOf(seen, legs) };
  const submit = async (form: FormData) => {
    const { change, faults } = patrolChange(form, seen, shown, engine.nowMs());
    if (faults.length > 0) return faults;
    const sums = await sumsAt(engine, patrol.id, change.set.ended_at ?? ended_at);
    const set = { ...change.set, ...sums };
    return await save(engine, [{ ...change, set }], "/", { draft: opening, entered: form });
  };
  return (
    <Form opening={opening} submit={submit}>
      {(faults) => (
        <>
          <KindFields kind="patrol" names={["ended_at"]} shown={shown} faults={faults} />
          <AreaPicker name="place" label={fieldLabel("patrol", "place")} value={place} {...places} />
          <KindFields kind="patrol" names={RESULTS} shown={shown} faults={faults} />
          <LegRows patrol={patrol.id} />
          <PhotoPart to={{ record: patrol.id, partition: patrol.partition }} mayAdd />
          <details class="part">
            <summary>{pgettext("ui.more_fields", "More fields")}</summary>
            <KindFields kind="patrol" names={["started_at", ...MORE]} shown={shown} faults={faults} />
          </details>
        </>
      )}
    </Form>
  );
}

/** The one that was just ended, with its heads. */
async function ended(engine: Engine, id: string): Promise<ShownRecord | null> {
  const [record, heads] = await Promise.all([engine.record(id), (await engine.decisions()).heads(id)]);
  return record?.kind === "patrol" ? { ...record, seen: heads.fields } : null;
}

/** The open patrol, else the one whose results somebody had begun to enter when it was ended elsewhere. */
async function patrolToEnd(engine: Engine): Promise<ShownRecord | null> {
  const just = query.value.get("of");
  if (just !== null) return await ended(engine, just);
  const open = await engine.openPatrol();
  if (open) return open;
  const drafts = await engine
    .drafts()
    .then((each) => each.list())
    .catch(() => []);
  return drafts.find(({ form }) => form.startsWith("patrol "))?.opened ?? null;
}

export function PatrolEnd() {
  const engine = useEngine();
  const found = useLive(async () => ({ patrol: await patrolToEnd(engine) }));
  // Ended elsewhere meanwhile, it is still the one that this form is about: what was typed must not vanish.
  const opened = useRef<ShownRecord | null>(null);
  opened.current ??= found?.patrol ?? null;
  const patrol = opened.current;
  return (
    <Screen title={pgettext("ui.patrol_results", "Patrol results")} action={patrol && <SaveButton />}>
      {found === undefined && <Loading />}
      {patrol && <Results patrol={patrol} />}
      {found && !patrol && <Empty>{pgettext("ui.no_open_patrol", "No patrol is open.")}</Empty>}
    </Screen>
  );
}
