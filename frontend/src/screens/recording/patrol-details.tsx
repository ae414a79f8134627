/** Area, people, route and transport of the open patrol, entered while it goes on; counts of people, no names. */
import { useRef } from "preact/hooks";
import { AreaPicker } from "../../components/area-picker.tsx";
import { useEngine } from "../../components/engine-context.ts";
import { Empty, Loading } from "../../components/notice.tsx";
import { RecentTexts, recentTexts } from "../../components/recent-texts.tsx";
import { Screen } from "../../components/screen.tsx";
import { useLive } from "../../components/use-live.ts";
import type { Change, Engine, ShownRecord } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel } from "../../i18n/kinds.ts";
import { Form, SaveButton } from "../forms/form.tsx";
import { KindFields } from "../forms/kind-fields.tsx";
import { useOpening } from "../forms/opening.ts";
import { usePlaces } from "../forms/places.ts";
import { type Fields, readForm } from "../forms/reading.ts";
import { save } from "../forms/saving.ts";
import { typedOf } from "../forms/typed.ts";

const PEOPLE = ["officers", "grassroots", "militia", "others"];
const NAMES = ["place", "route", "transport", ...PEOPLE];
const LATELY_MAX = 20;

/** Pure: what the form says of the patrol; its times are none of its business. */
export function detailsChange(form: FormData, patrol: ShownRecord, shown: Fields) {
  const { set, faults } = readForm("patrol", NAMES, form, patrol.fields, shown);
  const { id: record, partition, seen } = patrol;
  const change: Change = { record, kind: "patrol", partition, set, ...(seen && { seen }) };
  return { change, faults };
}

/** The own patrols before this one, the last first. */
async function earlier(engine: Engine, patrol: ShownRecord): Promise<readonly ShownRecord[]> {
  const found = await engine.list({ kinds: ["patrol"], own: true, limit: LATELY_MAX });
  return found.filter(({ id }) => id !== patrol.id);
}

function Details({ patrol }: { patrol: ShownRecord }) {
  const engine = useEngine();
  const opening = useOpening(`details ${patrol.id}`, "patrol", patrol);
  const places = usePlaces(engine);
  const before = useLive(() => earlier(engine, patrol), [patrol.id]);
  if (!opening || !places || !before) return <Loading />;
  const seen = opening.opened ?? patrol;
  const place = typeof seen.fields.place === "string" ? seen.fields.place : opening.place;
  const submit = async (form: FormData) => {
    const { change, faults } = detailsChange(form, seen, seen.fields);
    return faults.length > 0 ? faults : save(engine, [change], "/", { draft: opening, entered: form });
  };
  const routes = recentTexts(before.map(({ fields }) => fields.route));
  return (
    <Form key={opening.record} opening={opening} submit={submit} last={typedOf(before[0]?.fields ?? {}, NAMES)}>
      {(faults) => (
        <>
          <AreaPicker name="place" label={fieldLabel("patrol", "place")} value={place} {...places} />
          <KindFields kind="patrol" names={["route"]} shown={seen.fields} faults={faults} />
          <RecentTexts field="route" texts={routes} />
          <KindFields kind="patrol" names={["transport", ...PEOPLE]} shown={seen.fields} faults={faults} />
        </>
      )}
    </Form>
  );
}

export function PatrolDetails() {
  const engine = useEngine();
  const found = useLive(async () => ({ patrol: await engine.openPatrol().catch(() => null) }));
  // Ended elsewhere meanwhile, it is still the one that this form is about.
  const opened = useRef<ShownRecord | null>(null);
  opened.current ??= found?.patrol ?? null;
  const patrol = opened.current;
  return (
    <Screen title={pgettext("ui.patrol_details", "Area, people, route")} action={patrol && <SaveButton />}>
      {found === undefined && <Loading />}
      {patrol && <Details patrol={patrol} />}
      {found && !patrol && <Empty>{pgettext("ui.no_open_patrol", "No patrol is open.")}</Empty>}
    </Screen>
  );
}
