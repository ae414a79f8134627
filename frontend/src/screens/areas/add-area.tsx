/** Add one hamlet, quarter or group. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { FaultSummary } from "../../components/fault-summary.tsx";
import { type Fault, SelectField, TextField } from "../../components/field.tsx";
import type { Area } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { problemSentence, problemText } from "../../i18n/problems.ts";
import { areaKindLabel, OWN_KINDS } from "./area-kinds.ts";

export function AddArea({ parent, added }: { parent: string; added: () => void }) {
  const engine = useEngine();
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [done, setDone] = useState("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const element = event.currentTarget as HTMLFormElement;
    const form = new FormData(element);
    const name = String(form.get("name")).normalize("NFC").trim();
    setDone("");
    if (name === "") return setFaults([{ field: "name", text: problemSentence("row-name-missing") }]);
    const outcome = await engine.post<Area>("/api/v1/areas", { kind: String(form.get("kind")), name, parent });
    if (!outcome.ok) return setFaults([{ field: "name", text: problemText(outcome.problem) }]);
    setFaults([]);
    setDone(pgettext("areas.added_one", "Added: %(name)s", { name: outcome.value.full_name || name }));
    element.reset();
    added();
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
          hint={pgettext("areas.kind_hint", "Hamlets and quarters lie in the unit, groups in a hamlet or quarter.")}
        />
        <TextField name="name" label={pgettext("areas.name", "Name")} faults={faults} />
        <button type="submit">{pgettext("areas.add_button", "Add")}</button>
        <p role="status">{done}</p>
      </form>
    </section>
  );
}
