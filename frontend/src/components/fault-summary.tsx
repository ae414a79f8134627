/** The errors of a form in one list on top, which takes the focus and leads to each field. */
import { useEffect, useRef } from "preact/hooks";
import { pgettext } from "../i18n/index.ts";
import type { Fault } from "./field.tsx";

export function FaultSummary({ faults, title }: { faults: readonly Fault[]; title?: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (faults.length > 0) box.current?.focus();
  }, [faults]);
  if (faults.length === 0) return null;
  return (
    <div class="notice notice-error" ref={box} tabIndex={-1} role="alert">
      <h2>{title ?? pgettext("ui.faults", "Correct before saving")}</h2>
      <ul>
        {faults.map((fault) => (
          <li key={fault.field}>{fault.field === "" ? fault.text : <a href={`#${fault.field}`}>{fault.text}</a>}</li>
        ))}
      </ul>
    </div>
  );
}
