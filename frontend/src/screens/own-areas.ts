/** The areas that a filter offers: those of the account and their direct children, as the server names them. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../components/engine-context.ts";
import type { Area } from "../engine/contract.ts";
import { compareNames } from "../i18n/formats.ts";
import { type Page, withQuery } from "./wire.ts";

export interface AreaChoice {
  readonly value: string;
  readonly label: string;
}

/** Children behind their parent, each list in the order of Vietnamese names. */
export function choicesOf(
  own: readonly { id: string; name: string }[],
  children: readonly Area[],
): readonly AreaChoice[] {
  return own.flatMap(({ id, name }) => {
    const below = children
      .filter((area) => area.parent === id)
      .map((area) => ({ value: area.id, label: area.full_name || area.name }));
    below.sort((left, right) => compareNames(left.label, right.label));
    return [{ value: id, label: name }, ...below.map((choice) => ({ ...choice, label: `– ${choice.label}` }))];
  });
}

/** The direct children of some areas; none while they are on their way or out of reach. */
export function useChildren(parents: readonly string[]): readonly Area[] {
  const engine = useEngine();
  const [children, setChildren] = useState<readonly Area[]>([]);
  const ids = parents.join(" ");
  useEffect(() => {
    const ask = (parent: string) => engine.get<Page<Area>>(withQuery("/api/v1/areas", { parent, limit: "200" }));
    Promise.all(ids.split(" ").filter(Boolean).map(ask)).then((answers) =>
      setChildren(answers.flatMap((answer) => (answer.ok ? (answer.value.body?.items ?? []) : []))),
    );
  }, [engine, ids]);
  return children;
}

export function useOwnAreas(): readonly AreaChoice[] {
  const own = useEngine().session.value?.user.areas ?? [];
  return choicesOf(own, useChildren(own.map((area) => area.id)));
}
