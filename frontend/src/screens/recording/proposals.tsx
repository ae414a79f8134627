/** What residents proposed at a meeting: each line becomes a record of its own below it, to be answered later. */
import { useState } from "preact/hooks";
import { NoteField } from "../../components/field.tsx";
import type { Change } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel, kindLabel } from "../../i18n/kinds.ts";
import { ChildId } from "../forms/child-id.tsx";
import type { Opening } from "../forms/opening.ts";
import { NEW } from "../forms/reading.ts";

const PROPOSALS_MAX = 20;
const nameOf = (index: number) => `proposal_${index}`;
const idOf = (index: number) => `proposal_${index}-id`;

/** Pure: one change for each line with a text. */
export function proposalChanges(form: FormData, meeting: string, partition: string): readonly Change[] {
  return Array.from({ length: PROPOSALS_MAX }, (_, index) => index).flatMap((index) => {
    const text = String(form.get(nameOf(index)) ?? "")
      .normalize("NFC")
      .trim();
    const record = form.get(idOf(index));
    if (text === "" || record === null) return [];
    return [
      { ...NEW, record: String(record), kind: "proposal", partition, set: { parent: meeting, text, state: "open" } },
    ];
  });
}

/** As many lines as a draft had, and always one more than was asked for. */
export function Proposals({ opening }: { opening: Opening }) {
  const kept = opening.draft?.typed.filter(([name]) => /^proposal_\d+$/.test(name)).length ?? 1;
  const [count, setCount] = useState(Math.max(1, kept));
  const lines = Array.from({ length: count }, (_, index) => index);
  return (
    <fieldset class="part">
      <legend>{kindLabel("proposal")}</legend>
      {lines.map((index) => (
        <div key={index}>
          <ChildId opening={opening} name={idOf(index)} />
          <NoteField name={nameOf(index)} label={`${fieldLabel("proposal", "text")} ${index + 1}`} />
        </div>
      ))}
      {count < PROPOSALS_MAX && (
        <button type="button" onClick={() => setCount(count + 1)}>
          {pgettext("meeting.more_proposals", "Add another proposal")}
        </button>
      )}
    </fieldset>
  );
}
