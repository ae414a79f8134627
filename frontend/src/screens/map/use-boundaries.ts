/** The boundaries of the units that somebody works in: the kept ones at once, then what the server has. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import type { Engine } from "../../engine/contract.ts";
import { askBoundaries, type Boundaries, type Boundary, keptBoundaries } from "./boundaries.ts";

/** `isUnit`: the outline of the unit itself, not of a part of it. */
export interface Shown extends Boundary {
  readonly isUnit: boolean;
}

/** A phone of one unit holds one partition to write; a desk looks at the areas of its account. */
function unitsOf(engine: Engine): readonly string[] {
  const writable = engine.partitions.value.filter(({ access }) => access === "write");
  const own = engine.session.value?.user.areas ?? [];
  return (writable.length === 1 ? writable : own).map(({ id }) => id);
}

/** Undefined until it is known what was kept. */
export function useBoundaries(): readonly Shown[] | undefined {
  const engine = useEngine();
  const units = unitsOf(engine).join(" ");
  const [found, setFound] = useState<ReadonlyMap<string, readonly Shown[]>>(new Map());
  useEffect(() => {
    let isCurrent = true;
    const take = (unit: string, kept: Boundaries | null) => {
      const shown = (kept?.features ?? []).map((each) => ({ ...each, isUnit: each.id === unit }));
      if (isCurrent) setFound((known) => new Map(known).set(unit, shown));
    };
    for (const unit of listed(units)) void follow(engine, unit, (kept) => take(unit, kept));
    return () => {
      isCurrent = false;
    };
  }, [engine, units]);
  return useMemo(() => {
    const wanted = listed(units);
    return wanted.every((unit) => found.has(unit)) ? wanted.flatMap((unit) => found.get(unit) ?? []) : undefined;
  }, [found, units]);
}

/** Of this visit. They change once in years. */
const askedMs = new Map<string, number>();
const ASK_EVERY_MS = 600_000;

const listed = (units: string): readonly string[] => units.split(" ").filter(Boolean);

async function follow(engine: Engine, unit: string, take: (kept: Boundaries | null) => void): Promise<void> {
  take(await keptBoundaries(unit));
  if (engine.nowMs() - (askedMs.get(unit) ?? 0) < ASK_EVERY_MS) return;
  const fresh = await askBoundaries(engine, unit).catch(() => undefined);
  if (fresh !== undefined) askedMs.set(unit, engine.nowMs());
  if (fresh) take(fresh);
}
