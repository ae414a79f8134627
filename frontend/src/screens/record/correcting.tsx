/** Correct what a record says. Only what was changed is set; what was seen is what it replaces (P5). */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { FaultSummary } from "../../components/fault-summary.tsx";
import type { Fault } from "../../components/field.tsx";
import { Warning } from "../../components/notice.tsx";
import { useBusy } from "../../components/use-busy.ts";
import type { Area, ShownRecord } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { kindOf } from "../../i18n/kinds.ts";
import type { MergedFields } from "../../sync/core/overlay.ts";
import { isEnterable, OneField } from "../forms/one-field.tsx";
import { readForm, timeFaults } from "../forms/reading.ts";
import { save } from "../forms/saving.ts";

interface Props {
  readonly record: ShownRecord;
  readonly seen: MergedFields;
  readonly areas: readonly Area[];
}

/** A field with several values is decided, not corrected: an ordinary edit would answer only one of them. */
export function correctedFields(record: Pick<ShownRecord, "kind" | "conflicts">): readonly string[] {
  const names = Object.keys(kindOf(record.kind)?.fields ?? {});
  return names.filter((name) => isEnterable(record.kind, name) && !record.conflicts.includes(name));
}

export function Correcting(props: Props) {
  const [opened, setOpened] = useState<Props | null>(null);
  if (!opened)
    return (
      <button type="button" onClick={() => setOpened(props)}>
        {pgettext("ui.correct", "Correct")}
      </button>
    );
  // As it was when it was opened: what comes in while somebody types was not seen, and must not be replaced.
  return <Correction {...opened} close={() => setOpened(null)} />;
}

function Correction({ record, seen, areas, close }: Props & { close: () => void }) {
  const engine = useEngine();
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [isBusy, run] = useBusy();
  const { id, kind, partition, fields } = record;
  const names = correctedFields(record);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = readForm(kind, names, new FormData(event.currentTarget as HTMLFormElement), fields, fields);
    const found = [...read.faults, ...timeFaults({ ...fields, ...read.set }, engine.nowMs())];
    if (found.length > 0) return setFaults(found);
    if (Object.keys(read.set).length === 0) return close();
    await run(async () => {
      const saved = await save(engine, [{ record: id, kind, partition, set: read.set, seen }], `/records/${id}`);
      if (saved.length > 0) setFaults(saved);
      else close();
    });
  };
  return (
    <form noValidate onSubmit={submit} class="card">
      <FaultSummary faults={faults} />
      <Warning>
        {pgettext("notice.form", "Do not write residents' names, ID numbers, phone numbers, addresses or plates")}
      </Warning>
      {names.map((name) => (
        <OneField key={name} kind={kind} name={name} areas={areas} faults={faults} shown={fields} />
      ))}
      <div class="buttons">
        <button type="submit" class="primary" disabled={isBusy}>
          {pgettext("ui.save", "Save")}
        </button>
        <button type="button" onClick={close}>
          {pgettext("ui.cancel", "Cancel")}
        </button>
      </div>
    </form>
  );
}
