/** An operation of this phone that the server holds: why, what to do, and what it says. */
import { Warning } from "../../components/notice.tsx";
import type { Area, HeldOperation, Value } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel, fieldOf, isPerson } from "../../i18n/kinds.ts";
import { problemSentence } from "../../i18n/problems.ts";
import { accepts, fieldOf as specOf } from "../../sync/core/kinds.ts";
import { valueText } from "../record/values.ts";

type Said = Pick<HeldOperation, "kind" | "set" | "code">;

/** The sentence of its code; where a value is at fault, with the name of the field. */
export function heldSentence({ kind, set, code }: Said): string {
  const faulty = Object.entries(set).find(([name, value]) => {
    const spec = specOf(kind, name);
    return spec !== null && !accepts(spec, value);
  });
  return problemSentence(code, faulty ? { field: fieldLabel(kind, faulty[0]) } : {});
}

export function Values({
  kind,
  set,
  areas,
}: {
  kind: string;
  set: Readonly<Record<string, Value>>;
  areas: readonly Area[];
}) {
  const shown = Object.entries(set).filter(([name]) => !isPerson(kind, name) && fieldOf(kind, name)?.type !== "record");
  return (
    <dl class="facts">
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{fieldLabel(kind, name)}</dt>
          <dd>{valueText(kind, name, value, areas)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What a record's operations are held for, each reason once, and what each of them says. */
export function HeldNotes({ held, areas }: { held: readonly HeldOperation[]; areas: readonly Area[] }) {
  const groups = new Map<string, HeldOperation[]>();
  for (const operation of held) {
    const sentence = heldSentence(operation);
    groups.set(sentence, [...(groups.get(sentence) ?? []), operation]);
  }
  return (
    <>
      {[...groups].map(([sentence, operations]) => (
        <section class="card" key={sentence}>
          <Warning>{sentence}</Warning>
          <details>
            <summary>{pgettext("held.content", "What it says")}</summary>
            {operations.map(({ n, kind, set }) => (
              <Values key={n} kind={kind} set={set} areas={areas} />
            ))}
          </details>
        </section>
      ))}
    </>
  );
}
