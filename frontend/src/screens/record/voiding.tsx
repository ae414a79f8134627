/** Void a record with a reason. Nothing is deleted: it leaves the figures and stays readable, and can be restored. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { FaultSummary } from "../../components/fault-summary.tsx";
import { type Fault, NoteField } from "../../components/field.tsx";
import { useBusy } from "../../components/use-busy.ts";
import type { ShownRecord } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel } from "../../i18n/kinds.ts";
import type { MergedFields } from "../../sync/core/overlay.ts";
import { readForm } from "../forms/reading.ts";
import { save } from "../forms/saving.ts";

interface Props {
  readonly record: ShownRecord;
  readonly seen: MergedFields;
}

export function Voiding({ record, seen }: Props) {
  const engine = useEngine();
  const [isAsking, setAsking] = useState(false);
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [isBusy, run] = useBusy();
  const { id, kind, partition } = record;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = readForm(kind, ["void"], new FormData(event.currentTarget as HTMLFormElement), {}, {});
    const reason = read.set.void;
    if (read.faults.length > 0) return setFaults(read.faults);
    if (typeof reason !== "string") {
      const text = pgettext("record.no_reason", "Write the reason, then choose “Void the record”");
      return setFaults([{ field: "void", text }]);
    }
    const change = { record: id, kind, partition, set: { void: reason }, seen };
    await run(async () => setFaults(await save(engine, [change], `/records/${id}`)));
  };
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
        <button type="submit" class="danger" disabled={isBusy}>
          {pgettext("ui.void", "Void the record")}
        </button>
        <button type="button" onClick={() => setAsking(false)}>
          {pgettext("ui.cancel", "Cancel")}
        </button>
      </div>
    </form>
  );
}
