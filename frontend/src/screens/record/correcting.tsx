/** Correct what a record says, as a draft until it is saved. Only what was changed is set, and replaces what was seen (P5). */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Loading } from "../../components/notice.tsx";
import { useLive } from "../../components/use-live.ts";
import type { Area, ShownRecord } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { kindOf } from "../../i18n/kinds.ts";
import type { MergedFields } from "../../sync/core/overlay.ts";
import { Form, SaveButton } from "../forms/form.tsx";
import { isEnterable, OneField } from "../forms/one-field.tsx";
import { useOpening } from "../forms/opening.ts";
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

export function Correcting({ record, seen, areas }: Props) {
  const engine = useEngine();
  const form = `correct ${record.id}`;
  const [isOpen, setOpen] = useState(false);
  const begun = async () => (await (await engine.drafts()).read(form)) !== null;
  const isBegun = useLive(() => begun().catch(() => false), [form]);
  if (!isOpen && !isBegun)
    return (
      <button type="button" onClick={() => setOpen(true)}>
        {pgettext("ui.correct", "Correct")}
      </button>
    );
  return <Correction form={form} record={{ ...record, seen }} areas={areas} close={() => setOpen(false)} />;
}

interface CorrectionProps {
  readonly form: string;
  readonly record: ShownRecord;
  readonly areas: readonly Area[];
  readonly close: () => void;
}

function Correction({ form, record, areas, close }: CorrectionProps) {
  const engine = useEngine();
  const opening = useOpening(form, record.kind, record);
  if (!opening) return <Loading />;
  // As it was when it was opened: what comes in while somebody types was not seen, and must not be replaced.
  const { id, kind, partition, fields, seen, conflicts } = opening.opened ?? record;
  const names = correctedFields({ kind, conflicts });
  const cancel = async () => {
    await opening.drop();
    close();
  };
  const submit = async (entered: FormData) => {
    const read = readForm(kind, names, entered, fields, fields);
    const faults = [...read.faults, ...timeFaults({ ...fields, ...read.set }, engine.nowMs())];
    if (faults.length > 0) return faults;
    if (Object.keys(read.set).length === 0) {
      await cancel();
      return [];
    }
    const change = { record: id, kind, partition, set: read.set, ...(seen && { seen }) };
    const found = await save(engine, [change], `/records/${id}`, { draft: opening, entered });
    if (found.length === 0) close();
    return found;
  };
  return (
    <div class="card">
      <Form opening={opening} submit={submit}>
        {(faults) => (
          <>
            {names.map((name) => (
              <OneField key={name} kind={kind} name={name} areas={areas} faults={faults} shown={fields} />
            ))}
            <div class="buttons">
              <SaveButton />
              <button type="button" onClick={cancel}>
                {pgettext("ui.cancel", "Cancel")}
              </button>
            </div>
          </>
        )}
      </Form>
    </div>
  );
}
