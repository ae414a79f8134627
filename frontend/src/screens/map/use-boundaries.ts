/** The boundaries of the units that somebody works in: the kept ones at once, then what the server has. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import type { Engine } from "../../engine/contract.ts";
import { askBoundaries, type Boundary, keptBoundaries } from "./boundaries.ts";

/** A phone of one unit holds one partition to write; a desk looks at the areas of its account. */
function unitsOf(engine: Engine): readonly string[] {
  const writable = engine.partitions.value.filter(({ access }) => access === "write");
  const own = engine.session.value?.user.areas ?? [];
  return (writable.length === 1 ? writable : own).map(({ id }) => id);
}

/** Undefined until it is known what was kept. The outline of a unit stands before its parts. */
export function useBoundaries(): readonly Boundary[] | undefined {
  const engine = useEngine();
  const units = unitsOf(engine).join(" ");
  const [found, setFound] = useState<Readonly<Record<string, readonly Boundary[]>>>({});
  useEffect(() => {
    let isCurrent = true;
    const take = (unit: string, features: readonly Boundary[]) => {
      if (isCurrent) setFound((known) => ({ ...known, [unit]: features }));
    };
    for (const unit of units.split(" ").filter(Boolean)) void follow(engine, unit, (features) => take(unit, features));
    return () => {
      isCurrent = false;
    };
  }, [engine, units]);
  const wanted = units.split(" ").filter(Boolean);
  return wanted.every((unit) => unit in found) ? wanted.flatMap((unit) => found[unit] ?? []) : undefined;
}

async function follow(engine: Engine, unit: string, take: (features: readonly Boundary[]) => void): Promise<void> {
  take((await keptBoundaries(unit))?.features ?? []);
  const fresh = await askBoundaries(engine, unit).catch(() => null);
  if (fresh) take(fresh.features);
}
