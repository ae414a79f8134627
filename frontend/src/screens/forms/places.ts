/** The areas that a form offers: the own unit first, what lies in it, and where the last records were placed. */
import { useLive } from "../../components/use-live.ts";
import type { Area, Engine, ShownRecord } from "../../engine/contract.ts";
import { ownUnit } from "../roles.ts";

const RECENT_RECORDS_COUNT = 30;
const RECENT_MAX = 3;

export interface Places {
  readonly areas: readonly Area[];
  readonly recent: readonly string[];
}

export function recentPlaces(records: readonly ShownRecord[], field: string): readonly string[] {
  const places = records.flatMap(({ fields }) => (typeof fields[field] === "string" ? [fields[field]] : []));
  return [...new Set(places)].slice(0, RECENT_MAX);
}

/** The unit itself may be missing from what the phone keeps; it is still the first place to choose. */
function withUnit(engine: Engine, areas: readonly Area[]): readonly Area[] {
  const unit = ownUnit(engine);
  if (unit === null || areas.some((area) => area.id === unit.id)) return areas;
  return [{ id: unit.id, code: null, kind: "commune", name: unit.name, full_name: unit.name, parent: null }, ...areas];
}

/** Undefined until the phone's store has answered. */
export function usePlaces(engine: Engine, field = "place"): Places | undefined {
  return useLive(async () => {
    const [areas, records] = await Promise.all([
      engine.areas(),
      engine.list({ own: true, limit: RECENT_RECORDS_COUNT }),
    ]);
    return { areas: withUnit(engine, areas), recent: recentPlaces(records, field) };
  });
}
