/** Record a meeting of a residents' group. */
import { AreaPicker } from "../../components/area-picker.tsx";
import { useEngine } from "../../components/engine-context.ts";
import { PhotoPart } from "../../components/lazy-photos.ts";
import { Screen } from "../../components/screen.tsx";
import type { Change } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel } from "../../i18n/kinds.ts";
import { Form, SaveButton } from "../forms/form.tsx";
import { KindFields } from "../forms/kind-fields.tsx";
import { useOpening } from "../forms/opening.ts";
import { usePlaces } from "../forms/places.ts";
import { type Fields, meetingWarning, NEW, readForm, timeFaults } from "../forms/reading.ts";
import { save } from "../forms/saving.ts";
import { NoUnit } from "../no-unit.tsx";
import { OpeningScreen } from "./opening-screen.tsx";
import { Proposals, proposalChanges } from "./proposals.tsx";

const MAIN = ["meeting_type", "chair_role", "officers", "households_invited", "households_present", "attendance"];
const TEXTS = ["agenda", "conclusion"];
const MORE = ["ended_at", "place_note", "votes_for", "votes_total", "note"];

/** Pure: a meeting with a group but no place of its own happened where the group is. */
export function meetingChange(form: FormData, shown: Fields, record: string, partition: string, nowMs: number) {
  const names = ["started_at", "place", "group", ...MAIN, ...TEXTS, ...MORE];
  const { set, faults } = readForm("meeting", names, form, {}, shown);
  const isPlaceUntouched = set.place === undefined || set.place === partition;
  const placed = set.group !== undefined && isPlaceUntouched ? { ...set, place: set.group } : set;
  const change: Change = { ...NEW, record, kind: "meeting", partition, set: placed };
  return { change, faults: [...faults, ...timeFaults(placed, nowMs)] };
}

export function Meeting() {
  const engine = useEngine();
  const opening = useOpening("meeting", "meeting");
  const places = usePlaces(engine);
  const groups = usePlaces(engine, "group");
  const title = pgettext("ui.meeting_new", "Record a group meeting");
  if (!opening || !places || !groups) return <OpeningScreen title={title} />;
  const { unit, record } = opening;
  if (!unit) return <NoUnit title={title} />;
  const shown: Fields = { started_at: opening.nowMs, meeting_type: "regular", chair_role: "group_head" };
  const submit = async (form: FormData) => {
    const { change, faults } = meetingChange(form, shown, record, unit.id, engine.nowMs());
    const changes = [change, ...proposalChanges(form, record, unit.id)];
    return faults.length > 0 ? faults : save(engine, changes, "/", { draft: opening, entered: form });
  };
  const isGroup = ({ kind }: { kind: string }) => kind === "group";
  return (
    <Screen title={title} action={<SaveButton />}>
      <Form key={record} opening={opening} submit={submit} warn={meetingWarning}>
        {(faults) => (
          <>
            <AreaPicker
              name="group"
              label={fieldLabel("meeting", "group")}
              value={null}
              none={pgettext("ui.not_chosen", "Not chosen")}
              areas={groups.areas.filter(isGroup)}
              all={groups.areas}
              recent={groups.recent}
            />
            <AreaPicker
              name="place"
              label={fieldLabel("meeting", "place")}
              value={opening.place}
              areas={places.areas.filter((area) => !isGroup(area))}
              recent={places.recent}
            />
            <KindFields kind="meeting" names={["started_at", ...MAIN, ...TEXTS]} shown={shown} faults={faults} />
            <Proposals opening={opening} />
            <PhotoPart to={{ record, partition: unit.id }} isNew mayAdd />
            <details class="part">
              <summary>{pgettext("ui.more_fields", "More fields")}</summary>
              <KindFields kind="meeting" names={MORE} shown={shown} faults={faults} />
            </details>
          </>
        )}
      </Form>
    </Screen>
  );
}
