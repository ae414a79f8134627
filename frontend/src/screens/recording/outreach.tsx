/** Record an outreach session and, with it, the leaflets handed out: a parent and a child saved in one transaction. */
import { AreaPicker } from "../../components/area-picker.tsx";
import { useEngine } from "../../components/engine-context.ts";
import type { Fault } from "../../components/field.tsx";
import { PhotoPart } from "../../components/lazy-photos.ts";
import { Screen } from "../../components/screen.tsx";
import { useLive } from "../../components/use-live.ts";
import type { Change, ShownRecord } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel } from "../../i18n/kinds.ts";
import { ChildId } from "../forms/child-id.tsx";
import { Form, SaveButton } from "../forms/form.tsx";
import { KindFields } from "../forms/kind-fields.tsx";
import { useOpening } from "../forms/opening.ts";
import { usePlaces } from "../forms/places.ts";
import { countFault, type Fields, NEW, partOf, type Reading, readForm, timeFaults } from "../forms/reading.ts";
import { save } from "../forms/saving.ts";
import { NoUnit } from "../no-unit.tsx";
import { LEAFLETS_MAX, LeafletField } from "./leaflet-field.tsx";
import { OpeningScreen } from "./opening-screen.tsx";

const MAIN = ["topics", "channels", "sessions", "attendance", "households"];
const MORE = ["ended_at", "place_note", "audience", "languages", "pledges", "posts", "reach", "note"];
const HANDOUT = ["leaflet", "leaflets", "households"];
const PREFIX = "handout_";
const HANDOUT_ID = "handout-id";

export interface Ids {
  readonly outreach: string;
  readonly handout: string;
}

/** A design or households without a number of leaflets would be left out unseen. */
function uncounted({ set, faults }: Reading): readonly Fault[] {
  const isCounted = typeof set.leaflets === "number" || faults.some(({ field }) => field === "leaflets");
  const isEmpty = faults.length === 0 && Object.keys(set).length === 0;
  return isCounted || isEmpty ? [] : [{ field: "leaflets", text: countFault("handout", "leaflets") }];
}

/** Pure: the changes for what the form holds. The hand-out is left out when no leaflets were counted. */
export function outreachChanges(form: FormData, shown: Fields, ids: Ids, partition: string, nowMs: number) {
  const outreach = readForm("outreach", ["started_at", "place", ...MAIN, ...MORE], form, {}, shown);
  const handout = readForm("handout", HANDOUT, partOf(form, PREFIX), {}, {});
  const faults: Fault[] = [
    ...outreach.faults,
    ...timeFaults(outreach.set, nowMs),
    ...[...handout.faults, ...uncounted(handout)].map((fault) => ({ ...fault, field: PREFIX + fault.field })),
  ];
  const changes: Change[] = [{ ...NEW, record: ids.outreach, kind: "outreach", partition, set: outreach.set }];
  if (typeof handout.set.leaflets === "number")
    changes.push({
      ...NEW,
      record: ids.handout,
      kind: "handout",
      partition,
      set: { parent: ids.outreach, ...handout.set },
    });
  return { changes, faults };
}

function Leaflets({ leaflets, faults }: { leaflets: readonly ShownRecord[]; faults: readonly Fault[] }) {
  return (
    <fieldset class="part">
      <legend>{pgettext("outreach.leaflets", "Leaflets, if any were handed out")}</legend>
      <LeafletField name={`${PREFIX}leaflet`} leaflets={leaflets} />
      <KindFields kind="handout" names={["leaflets", "households"]} shown={{}} faults={faults} prefix={PREFIX} />
    </fieldset>
  );
}

export function Outreach() {
  const engine = useEngine();
  const opening = useOpening("outreach", "outreach");
  const places = usePlaces(engine);
  const leaflets = useLive(() => engine.list({ kinds: ["leaflet"], limit: LEAFLETS_MAX }));
  const title = pgettext("ui.outreach_new", "Record outreach");
  if (!opening || !places || !leaflets) return <OpeningScreen title={title} />;
  const { unit, record } = opening;
  if (!unit) return <NoUnit title={title} />;
  const shown: Fields = { started_at: opening.nowMs, sessions: 1 };
  const submit = async (form: FormData) => {
    const ids = { outreach: record, handout: String(form.get(HANDOUT_ID)) };
    const { changes, faults } = outreachChanges(form, shown, ids, unit.id, engine.nowMs());
    return faults.length > 0 ? faults : save(engine, changes, "/", { draft: opening, entered: form });
  };
  return (
    <Screen title={title} action={<SaveButton />}>
      <Form key={record} opening={opening} submit={submit}>
        {(faults) => (
          <>
            <AreaPicker name="place" label={fieldLabel("outreach", "place")} value={opening.place} {...places} />
            <KindFields kind="outreach" names={["started_at", ...MAIN]} shown={shown} faults={faults} />
            <ChildId opening={opening} name={HANDOUT_ID} />
            <Leaflets leaflets={leaflets} faults={faults} />
            <PhotoPart to={{ record, partition: unit.id }} isNew mayAdd />
            <details class="part">
              <summary>{pgettext("ui.more_fields", "More fields")}</summary>
              <KindFields kind="outreach" names={MORE} shown={shown} faults={faults} />
            </details>
          </>
        )}
      </Form>
    </Screen>
  );
}
