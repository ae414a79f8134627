/** The frame of every recording form: faults on top, the notice on personal data, the button that saves it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { FaultSummary } from "../../components/fault-summary.tsx";
import type { Fault } from "../../components/field.tsx";
import { Warning } from "../../components/notice.tsx";
import { pgettext } from "../../i18n/index.ts";

const FORM = "record-form";

/** Stands in the screen's action, outside the form that it saves. */
export const SaveButton = () => (
  <button type="submit" class="primary" form={FORM}>
    {pgettext("ui.save", "Save")}
  </button>
);

/** Enter in a line of text ("Go" on a phone) would save a form that is not finished: only the button saves. */
function keepOpen(event: KeyboardEvent): void {
  if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
}

interface FormProps {
  /** Save what was entered; what comes back is shown as faults. */
  readonly submit: (form: FormData) => Promise<readonly Fault[]>;
  /** A warning while filling in, which does not keep anyone from saving. */
  readonly warn?: (form: FormData) => string | null;
  readonly children: (faults: readonly Fault[]) => ComponentChildren;
}

export function Form({ submit, warn, children }: FormProps) {
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [warning, setWarning] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    // A second tap while the first is being stored would make the record twice.
    if (isSaving) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    // A part of the form says why it is not ready.
    const wait = form.get("wait");
    if (wait) return setFaults([{ field: "", text: String(wait) }]);
    setSaving(true);
    setFaults(await submit(form));
    setSaving(false);
  };
  return (
    <form
      id={FORM}
      noValidate
      onSubmit={send}
      onKeyDown={keepOpen}
      {...(warn && { onInput: (event) => setWarning(warn(new FormData(event.currentTarget))) })}
    >
      <FaultSummary faults={faults} />
      <Warning>
        {pgettext("notice.form", "Do not write residents' names, ID numbers, phone numbers, addresses or plates")}
      </Warning>
      {children(faults)}
      <div role="status">{warning && <Warning>{warning}</Warning>}</div>
    </form>
  );
}
