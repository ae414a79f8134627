/** The areas below the unit: what is there, one more, or a whole file of them. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { SelectField } from "../../components/field.tsx";
import { Empty, Failed, Loading } from "../../components/notice.tsx";
import { Screen } from "../../components/screen.tsx";
import type { Area, Engine, Problem } from "../../engine/contract.ts";
import { compareNames } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { useOwnAreas } from "../own-areas.ts";
import { type Page, withQuery } from "../wire.ts";
import { AddArea } from "./add-area.tsx";
import { areaKindLabel } from "./area-kinds.ts";
import { ImportAreas } from "./import-areas.tsx";

const PAGES_MAX = 20;

/** Every child, however many pages they take. */
async function readChildren(engine: Engine, parent: string): Promise<readonly Area[] | Problem> {
  const found: Area[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const path: string = withQuery("/api/v1/areas", { parent, limit: "200", after: cursor });
    const outcome = await engine.get<Page<Area>>(path);
    if (!outcome.ok) return outcome.problem;
    found.push(...(outcome.value.body?.items ?? []));
    cursor = outcome.value.body?.next ?? null;
    if (cursor === null) break;
  }
  return found.sort((left, right) => compareNames(left.name, right.name));
}

function Children({ areas }: { areas: readonly Area[] }) {
  if (areas.length === 0) return <Empty>{pgettext("areas.empty", "No areas below this one yet.")}</Empty>;
  return (
    <table class="pairs">
      <caption>{pgettext("areas.children", "Areas below")}</caption>
      <thead>
        <tr>
          <th scope="col">{pgettext("areas.name", "Name")}</th>
          <th scope="col">{pgettext("areas.kind", "Kind")}</th>
        </tr>
      </thead>
      <tbody>
        {areas.map((area) => (
          <tr key={area.id}>
            <th scope="row">{area.full_name || area.name}</th>
            <td>{areaKindLabel(area.kind)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Areas() {
  const engine = useEngine();
  const choices = useOwnAreas();
  const [parent, setParent] = useState(engine.session.value?.user.areas[0]?.id ?? "");
  const [children, setChildren] = useState<readonly Area[] | Problem | null>(null);
  const [changes, setChanges] = useState(0);
  // `changes` asks for the list again after each addition.
  useEffect(() => {
    let current = true;
    setChildren(null);
    if (parent)
      readChildren(engine, parent).then((found) => {
        if (current) setChildren(found);
      });
    return () => {
      current = false;
    };
  }, [engine, parent, changes]);
  const reload = () => {
    setChanges((count) => count + 1);
    // The forms of this phone offer the new areas without waiting for their hour.
    engine.sendNow();
  };
  return (
    <Screen title={pgettext("ui.areas", "Areas")}>
      <SelectField
        name="parent"
        label={pgettext("areas.parent", "Areas below which")}
        choices={choices}
        value={parent}
        onPick={setParent}
      />
      {children === null && <Loading />}
      {children !== null && "code" in children && <Failed problem={children} />}
      {children !== null && !("code" in children) && <Children areas={children} />}
      <AddArea parent={parent} added={reload} />
      <ImportAreas key={parent} parent={parent} added={reload} />
    </Screen>
  );
}
