/** The map: the unit, its hamlets, records with a position and kept tracks, on a plain ground. Needs no network. */
import { useMemo, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Empty, Loading } from "../../components/notice.tsx";
import { momentOf, RecordRow } from "../../components/record-row.tsx";
import { Screen } from "../../components/screen.tsx";
import { useLive } from "../../components/use-live.ts";
import type { Area, Engine, ShownRecord } from "../../engine/contract.ts";
import { formatNumber } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { activityKinds, fieldOf } from "../../i18n/kinds.ts";
import type { Here } from "../../platform/one-position.ts";
import { query } from "../router.ts";
import { boundsOf, type Scene } from "./drawing.ts";
import { Field } from "./field.tsx";
import { type Mark, marksOf } from "./marks.ts";
import { type Position, trackLines } from "./tracks.ts";
import { type Shown, useBoundaries } from "./use-boundaries.ts";
import { Where } from "./where.tsx";

/** The newest; a map of more would be dots upon dots, and every sealed row takes time to open. */
const RECORDS_MAX = 300;
const SEGMENTS_MAX = 300;
const ROWS_MAX = 20;

interface Read {
  readonly marks: readonly Mark[];
  readonly lines: readonly (readonly Position[])[];
  readonly areas: readonly Area[];
  /** Where the track of the patrol begins that somebody came from. */
  readonly start: Position | null;
}

const hasPoint = (kind: string): boolean => fieldOf(kind, "point") !== undefined;

/** `wanted`: the record that somebody came from, however old it is. */
async function readScene(engine: Engine, wanted: string | null): Promise<Read> {
  const [newest, segments, areas, one, below] = await Promise.all([
    engine.list({ kinds: activityKinds().filter(hasPoint), limit: RECORDS_MAX }),
    engine.list({ kinds: ["track"], limit: SEGMENTS_MAX }),
    engine.areas(),
    wanted ? engine.record(wanted) : null,
    wanted ? engine.children(wanted) : [],
  ]);
  const others = newest.filter(({ id }) => id !== wanted);
  const known = new Map([...segments, ...below].map((segment) => [segment.id, segment]));
  const [start] = trackLines(below)[0] ?? [];
  const lines = trackLines([...known.values()]);
  return { marks: marksOf(one ? [one, ...others] : others), lines, areas, start: start ?? null };
}

function Rows({ title, records, areas }: { title: string; records: readonly ShownRecord[]; areas: readonly Area[] }) {
  const engine = useEngine();
  return (
    <section>
      <h2>{title}</h2>
      <ul class="rows">
        {records.map((record) => (
          <RecordRow key={record.id} record={record} areas={areas} nowMs={engine.nowMs()} />
        ))}
      </ul>
    </section>
  );
}

/** For whoever cannot see the canvas, or would rather read. */
function Places({ marks, areas }: { marks: readonly Mark[]; areas: readonly Area[] }) {
  const all = marks.flatMap(({ records }) => records).sort((left, right) => momentOf(right) - momentOf(left));
  if (all.length === 0) return null;
  const title = pgettext("map.records", "Records with a position: %(n)s", { n: formatNumber(all.length) });
  return <Rows title={title} records={all.slice(0, ROWS_MAX)} areas={areas} />;
}

function Picked({ mark, areas }: { mark: Mark | undefined; areas: readonly Area[] }) {
  const records = mark?.records ?? [];
  const title = pgettext("map.picked", "At the chosen place: %(n)s", { n: formatNumber(records.length) });
  return <div role="status">{mark && <Rows title={title} records={records} areas={areas} />}</div>;
}

/** Where boundaries come from is said beside them, always: a demo's are of no real place. */
function Notes({ boundaries, hasTracks }: { boundaries: readonly Shown[]; hasTracks: boolean }) {
  const sources = [...new Set(boundaries.map(({ properties }) => properties.source))].filter(Boolean);
  return (
    <>
      {sources.map((source) => (
        <p class="quiet" key={source}>
          {pgettext("map.source", "Boundaries: %(source)s", { source })}
        </p>
      ))}
      {hasTracks && <p class="quiet">{pgettext("map.gaps", "Where a track is broken, the device had no position.")}</p>}
    </>
  );
}

const markWith = (marks: readonly Mark[], record: string | null): Mark | undefined =>
  marks.find(({ records }) => records.some(({ id }: ShownRecord) => id === record));

function Loaded({ read, boundaries, wanted }: { read: Read; boundaries: readonly Shown[]; wanted: string | null }) {
  const { marks, lines, areas, start } = read;
  const from = markWith(marks, wanted);
  const [here, setHere] = useState<Here | null>(null);
  const [picked, setPicked] = useState<string | null>(from?.key ?? null);
  const [look, setLook] = useState<Position | null>(from?.position ?? start);
  const scene: Scene = useMemo(
    () => ({ boundaries, marks, lines, here, picked }),
    [boundaries, marks, lines, here, picked],
  );
  const isEmpty = boundsOf(scene) === null;
  const found = (position: Here) => {
    setHere(position);
    setLook([position.latDeg, position.lonDeg]);
  };
  return (
    <>
      {isEmpty ? (
        <Empty>
          {pgettext(
            "map.empty",
            "Nothing to draw yet: no record on this device has a position, and the unit's boundary is not on it.",
          )}
        </Empty>
      ) : (
        <Field scene={scene} look={look} onPick={setPicked} />
      )}
      <Picked mark={marks.find(({ key }) => key === picked)} areas={areas} />
      {!isEmpty && look !== null && (
        <div class="map-buttons">
          <button type="button" onClick={() => setLook(null)}>
            {pgettext("map.whole", "The whole area")}
          </button>
        </div>
      )}
      <Notes boundaries={boundaries} hasTracks={lines.length > 0} />
      <Where here={here} onFound={found} />
      <Places marks={marks} areas={areas} />
    </>
  );
}

export function MapScreen() {
  const engine = useEngine();
  const wanted = query.value.get("record");
  const boundaries = useBoundaries();
  const read = useLive(() => readScene(engine, wanted), [wanted]);
  return (
    <Screen title={pgettext("map.title", "Map")}>
      {read && boundaries ? <Loaded read={read} boundaries={boundaries} wanted={wanted} /> : <Loading />}
    </Screen>
  );
}
