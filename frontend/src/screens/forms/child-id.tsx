/** The id of a record that a form makes beside its own: a draft keeps it, so that two tabs with one draft make it once. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import type { Opening } from "./opening.ts";

export function ChildId({ opening, name }: { opening: Opening; name: string }) {
  const engine = useEngine();
  const kept = opening.draft?.typed.find(([each]) => each === name)?.[1];
  const [id] = useState(() => kept ?? engine.newId());
  return <input type="hidden" name={name} value={id} />;
}
