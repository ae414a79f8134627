/** One field with several values, side by side: a person takes one of them, or says what is right (P5, P11). */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { FaultSummary } from "../../components/fault-summary.tsx";
import type { Fault } from "../../components/field.tsx";
import { useBusy } from "../../components/use-busy.ts";
import type { Area, ShownRecord, Value } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel } from "../../i18n/kinds.ts";
import type { MergedFields } from "../../sync/core/overlay.ts";
import { isEnterable, OneField, readOneField } from "../forms/one-field.tsx";
import { save } from "../forms/saving.ts";
import { valueText } from "../record/values.ts";
import { type HeadRow, headRows, type Sources } from "./head-rows.ts";

export type Decided = Pick<ShownRecord, "id" | "kind" | "partition">;

interface Props {
  readonly record: Decided;
  readonly name: string;
  readonly fields: MergedFields;
  readonly sources: Sources;
  readonly areas: readonly Area[];
  readonly mayDecide: boolean;
  /** Where to go on after the decision. */
  readonly then: string;
}

/** A reason is void or restored, not entered or not. */
function headText(kind: string, name: string, value: Value, areas: readonly Area[]): string {
  if (name === "void" && value === null) return pgettext("state.restored", "Restored");
  return valueText(kind, name, value, areas);
}

function Head({ row, text, take }: { row: HeadRow; text: string; take: (() => void) | null }) {
  const use = pgettext("conflict.use", "Use this value");
  return (
    <li class="card head">
      <p class="head-value">{text}</p>
      {row.sources.map(({ id, by, device, received }) => (
        <div key={id}>
          <p>{by}</p>
          <p class="quiet">{[device, received].filter(Boolean).join(" · ")}</p>
        </div>
      ))}
      {row.isSuspect && <p class="mark mark-held">{pgettext("flag.suspect", "Device clock was wrong")}</p>}
      {take && (
        <button type="button" aria-label={`${use}: ${text}`} onClick={take}>
          {use}
        </button>
      )}
    </li>
  );
}

export function Choice({ record, name, fields, sources, areas, mayDecide, then }: Props) {
  const engine = useEngine();
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [isBusy, run] = useBusy();
  const { id, kind, partition } = record;
  const label = fieldLabel(kind, name);
  const prefix = `${id}-`;
  const rows = headRows(fields, name, sources, engine.nowMs());
  const decide = (value: Value) =>
    run(async () => {
      const change = { record: id, kind, partition, set: { [name]: value }, decides: [name], seen: fields };
      setFaults(await save(engine, [change], then));
    });
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = readOneField(kind, name, new FormData(event.currentTarget as HTMLFormElement), prefix);
    if ("fault" in read) setFaults([read.fault]);
    else await decide(read.value);
  };
  return (
    <section class="conflict" aria-label={label}>
      <p class="card-title">{label}</p>
      <p>
        {pgettext(
          "conflict.hint",
          "“%(field)s” has %(n)s different values, all kept. See who wrote them and when, then choose the right one.",
          { field: label, n: rows.length },
        )}
      </p>
      <ul class="heads">
        {rows.map((row) => (
          <Head
            key={row.ids[0]}
            row={row}
            text={headText(kind, name, row.value, areas)}
            take={mayDecide && !isBusy ? () => decide(row.value) : null}
          />
        ))}
      </ul>
      <FaultSummary faults={faults} />
      {mayDecide && isEnterable(kind, name) && (
        <details class="part">
          <summary>{pgettext("conflict.other_value", "Enter another value")}</summary>
          <form noValidate onSubmit={submit}>
            <OneField kind={kind} name={name} areas={areas} faults={faults} prefix={prefix} />
            <button type="submit" disabled={isBusy}>
              {pgettext("ui.save", "Save")}
            </button>
          </form>
        </details>
      )}
    </section>
  );
}
