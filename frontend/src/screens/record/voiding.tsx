/** Void a record with a reason, or restore it. Nothing is deleted: the record leaves the figures and stays readable. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { FaultSummary } from "../../components/fault-summary.tsx";
import { type Fault, NoteField } from "../../components/field.tsx";
import { Warning } from "../../components/notice.tsx";
import type { ShownRecord } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel } from "../../i18n/kinds.ts";
import { readForm } from "../forms/reading.ts";
import { save } from "../forms/saving.ts";

export function Voiding({ record }: { record: ShownRecord }) {
  const engine = useEngine();
  const [isAsking, setAsking] = useState(false);
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const here = `/records/${record.id}`;
  const { id, kind, partition } = record;
  const store = async (reason: string | null) => {
    setFaults(await save(engine, [{ record: id, kind, partition, set: { void: reason } }], here));
    setAsking(false);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = readForm(kind, ["void"], new FormData(event.currentTarget as HTMLFormElement), {}, {});
    const reason = read.set.void;
    if (read.faults.length > 0) setFaults(read.faults);
    else if (typeof reason === "string") await store(reason);
    else
      setFaults([
        { field: "void", text: pgettext("record.no_reason", "Write the reason, then choose “Void the record”") },
      ]);
  };
  if (typeof record.fields.void === "string")
    return (
      <section>
        <Warning>
          {pgettext("state.void", "Voided")}: {record.fields.void}
        </Warning>
        <FaultSummary faults={faults} />
        <button type="button" onClick={() => store(null)}>
          {pgettext("ui.restore", "Restore the record")}
        </button>
      </section>
    );
  if (!isAsking)
    return (
      <button type="button" class="danger" onClick={() => setAsking(true)}>
        {pgettext("ui.void", "Void the record")}
      </button>
    );
  return (
    <form noValidate onSubmit={submit} class="card">
      <FaultSummary faults={faults} />
      <NoteField name="void" label={fieldLabel(kind, "void")} faults={faults} />
      <div class="buttons">
        <button type="submit" class="danger">
          {pgettext("ui.void", "Void the record")}
        </button>
        <button type="button" onClick={() => setAsking(false)}>
          {pgettext("ui.cancel", "Cancel")}
        </button>
      </div>
    </form>
  );
}
