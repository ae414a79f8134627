/** Add one hamlet, quarter or group. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { FaultSummary } from "../../components/fault-summary.tsx";
import { type Fault, SelectField, TextField } from "../../components/field.tsx";
import { useBusy } from "../../components/use-busy.ts";
import type { Area, Problem } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { problemSentence, problemText } from "../../i18n/problems.ts";
import { areaKindLabel, OWN_KINDS } from "./area-kinds.ts";

/** What the server says of single members stands at their fields, the rest at the name. */
export function faultsOf(problem: Problem): readonly Fault[] {
  const details = (problem.errors ?? []).filter(({ detail }) => detail);
  if (details.length === 0) return [{ field: "name", text: problemText(problem) }];
  return details.map(({ pointer, detail }) => ({ field: pointer === "/kind" ? "kind" : "name", text: detail }));
}

export function AddArea({ parent, added }: { parent: string; added: () => void }) {
  const engine = useEngine();
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [done, setDone] = useState("");
  const [, run] = useBusy();
  const add = async (element: HTMLFormElement) => {
    const form = new FormData(element);
    const name = String(form.get("name")).normalize("NFC").trim();
    setDone("");
    if (name === "") return setFaults([{ field: "name", text: problemSentence("row-name-missing") }]);
    const outcome = await engine.post<Area>("/api/v1/areas", { kind: String(form.get("kind")), name, parent });
    if (!outcome.ok) return setFaults(faultsOf(outcome.problem));
    setFaults([]);
    setDone(pgettext("areas.added_one", "Added: %(name)s", { name: outcome.value.full_name || name }));
    element.reset();
    added();
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const element = event.currentTarget as HTMLFormElement;
    return run(() => add(element));
  };
  return (
    <section>
      <h2>{pgettext("areas.add", "Add an area")}</h2>
      <form noValidate onSubmit={submit} class="narrow">
        <FaultSummary faults={faults} />
        <SelectField
          name="kind"
          label={pgettext("areas.kind", "Kind")}
          choices={OWN_KINDS.map((kind) => ({ value: kind, label: areaKindLabel(kind) }))}
          value="hamlet"
          faults={faults}
          hint={pgettext("areas.kind_hint", "Hamlets and quarters lie in the unit, groups in a hamlet or quarter.")}
        />
        <TextField name="name" label={pgettext("areas.name", "Name")} faults={faults} />
        <button type="submit">{pgettext("areas.add_button", "Add")}</button>
        <p role="status">{done}</p>
      </form>
    </section>
  );
}
