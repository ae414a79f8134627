/** A void record in one step back: every reason for voiding that was seen is answered at once (P10). */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { FaultSummary } from "../../components/fault-summary.tsx";
import type { Fault } from "../../components/field.tsx";
import { Warning } from "../../components/notice.tsx";
import { useBusy } from "../../components/use-busy.ts";
import type { ShownRecord } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import type { MergedFields } from "../../sync/core/overlay.ts";
import { save } from "../forms/saving.ts";

interface Props {
  readonly record: Pick<ShownRecord, "id" | "kind" | "partition" | "fields" | "flags">;
  readonly seen: MergedFields;
  readonly mayWrite: boolean;
  readonly then: string;
}

export function Restoring({ record, seen, mayWrite, then }: Props) {
  const engine = useEngine();
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [isBusy, run] = useBusy();
  const { id, kind, partition, flags } = record;
  const reason = record.fields.void;
  if (reason === null || reason === undefined) return null;
  const restore = () =>
    run(async () => setFaults(await save(engine, [{ record: id, kind, partition, set: { void: null }, seen }], then)));
  return (
    <section>
      <Warning>
        {pgettext("state.void", "Voided")}: {typeof reason === "string" ? reason : JSON.stringify(reason)}
      </Warning>
      {flags.includes("edited_while_void") && (
        <Warning>
          {pgettext(
            "record.edited_while_void",
            "The record was voided while it was being edited. Look at the edit; if the record is right, choose “Restore the record”.",
          )}
        </Warning>
      )}
      <FaultSummary faults={faults} />
      {mayWrite && (
        <button type="button" disabled={isBusy} onClick={restore}>
          {pgettext("ui.restore", "Restore the record")}
        </button>
      )}
    </section>
  );
}
