/**
 * A new leg of the open patrol: another route, another place, or another transport, whose button saves it at once. A
 * leg lasts until the next one begins or the patrol ends, so its end is not stored a second time.
 */
import { useRef } from "preact/hooks";
import { AreaPicker } from "../../components/area-picker.tsx";
import { useEngine } from "../../components/engine-context.ts";
import { LegRows } from "../../components/leg-rows.tsx";
import { Empty, Loading } from "../../components/notice.tsx";
import { RecentTexts, recentTexts } from "../../components/recent-texts.tsx";
import { Screen } from "../../components/screen.tsx";
import { useLive } from "../../components/use-live.ts";
import type { Change, Engine, ShownRecord, Value } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel, wordLabel, wordsOf } from "../../i18n/kinds.ts";
import { FORM, Form } from "../forms/form.tsx";
import { KindFields } from "../forms/kind-fields.tsx";
import { useOpening } from "../forms/opening.ts";
import { usePlaces } from "../forms/places.ts";
import { NEW, readForm } from "../forms/reading.ts";
import { save } from "../forms/saving.ts";
import { OpeningScreen } from "./opening-screen.tsx";

const LATELY_MAX = 20;

/** Pure. `transport`: null goes on with the same one. */
export function legChange(
  form: FormData,
  record: string,
  patrol: Pick<ShownRecord, "id" | "partition">,
  transport: string | null,
  nowMs: number,
) {
  const { set: entered, faults } = readForm("leg", ["route", "place"], form, {}, {});
  const moved = transport === null ? {} : { transport: [transport] };
  const set = { parent: patrol.id, started_at: nowMs, ...moved, ...entered };
  const change: Change = { record, kind: "leg", partition: patrol.partition, ...NEW, set };
  return { change, faults };
}

/** Pure: every transport, those that were chosen lately first. */
export function transportsByUse(lately: readonly (Value | undefined)[]): readonly string[] {
  const all = wordsOf("transport");
  const used = lately.flatMap((value) => (Array.isArray(value) ? value.map(String) : []));
  return [...new Set([...used.filter((word) => all.includes(word)), ...all])];
}

/** Legs and patrols of one's own, the last first. */
const lately = (engine: Engine) => engine.list({ kinds: ["leg", "patrol"], own: true, limit: LATELY_MAX });

function Transports({ words, choose }: { words: readonly string[]; choose: (word: string | null) => void }) {
  return (
    <div class="two">
      {words.map((word) => (
        <button type="submit" form={FORM} key={word} onClick={() => choose(word)}>
          {wordLabel("transport", word)}
        </button>
      ))}
      <button type="submit" form={FORM} onClick={() => choose(null)}>
        {pgettext("leg.same_transport", "Same transport")}
      </button>
    </div>
  );
}

function LegForm({ patrol, records }: { patrol: ShownRecord; records: readonly ShownRecord[] }) {
  const engine = useEngine();
  const opening = useOpening("leg", "leg");
  const places = usePlaces(engine);
  const chosen = useRef<string | null>(null);
  const title = pgettext("ui.leg_new", "New leg");
  if (!opening || !places) return <OpeningScreen title={title} />;
  const submit = async (form: FormData) => {
    const { change, faults } = legChange(form, opening.record, patrol, chosen.current, opening.nowMs);
    return faults.length > 0 ? faults : save(engine, [change], "/", { draft: opening, entered: form });
  };
  const choose = (word: string | null) => {
    chosen.current = word;
  };
  const words = transportsByUse(records.map(({ fields }) => fields.transport));
  const none = pgettext("leg.same_place", "Same area");
  return (
    <Screen title={title} action={<Transports words={words} choose={choose} />}>
      <p class="hint">{pgettext("leg.hint", "Choose a transport: the new leg is saved at once.")}</p>
      <Form key={opening.record} opening={opening} submit={submit}>
        {(faults) => (
          <>
            <KindFields kind="leg" names={["route"]} shown={{}} faults={faults} />
            <RecentTexts field="route" texts={recentTexts(records.map(({ fields }) => fields.route))} />
            <AreaPicker name="place" label={fieldLabel("leg", "place")} value={null} none={none} {...places} />
          </>
        )}
      </Form>
      <LegRows patrol={patrol.id} />
    </Screen>
  );
}

export function Leg() {
  const engine = useEngine();
  const found = useLive(async () => ({
    patrol: await engine.openPatrol().catch(() => null),
    records: await lately(engine),
  }));
  // As it was when the form was opened: choices must not move while somebody fills it in.
  const opened = useRef<{ patrol: ShownRecord; records: readonly ShownRecord[] } | null>(null);
  if (found?.patrol) opened.current ??= { ...found, patrol: found.patrol };
  if (opened.current) return <LegForm {...opened.current} />;
  return (
    <Screen title={pgettext("ui.leg_new", "New leg")}>
      {found ? <Empty>{pgettext("ui.no_open_patrol", "No patrol is open.")}</Empty> : <Loading />}
    </Screen>
  );
}
