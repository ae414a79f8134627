/** The frame of every recording form: faults on top, the notice on personal data, the draft, the button that saves it. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { DraftContext } from "../../components/draft-context.ts";
import { FaultSummary } from "../../components/fault-summary.tsx";
import type { Fault } from "../../components/field.tsx";
import { Warning } from "../../components/notice.tsx";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence } from "../../i18n/problems.ts";
import { useAutosave } from "./autosave.ts";
import { DraftNote } from "./draft-note.tsx";
import type { Opening } from "./opening.ts";
import { PersonalHint, suspectedIn } from "./personal-hint.tsx";
import { fillTyped, readTyped, type Typed } from "./typed.ts";

export const FORM = "record-form";

/** How many forms stand on the page: until one does, its button would swallow the tap. */
const standing = signal(0);

function useStanding(): void {
  useLayoutEffect(() => {
    standing.value++;
    return () => {
      standing.value--;
    };
  }, []);
}

/** Stands in the screen's action, outside the form that it saves, and often before it. */
export const SaveButton = () => (
  <button type="submit" class="primary" form={FORM} disabled={standing.value === 0}>
    {pgettext("ui.save", "Save")}
  </button>
);

/** Enter in a line of text ("Go" on a phone) would save a form that is not finished: only the button saves. */
function keepOpen(event: KeyboardEvent): void {
  if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
}

interface FormProps {
  readonly opening: Opening;
  /** Save what was entered; what comes back is shown as faults. */
  readonly submit: (form: FormData) => Promise<readonly Fault[]>;
  /** A warning while filling in, which does not keep anyone from saving. */
  readonly warn?: (form: FormData) => string | null;
  /** What was entered the last time, to be taken over with one tap. */
  readonly last?: Typed;
  readonly children: (faults: readonly Fault[]) => ComponentChildren;
}

/** "As last time": only what repeats is taken over, and nothing that was entered already goes. */
function LikeLast({ onTake }: { onTake: () => void }) {
  return (
    <button type="button" onClick={onTake}>
      {pgettext("ui.like_last", "Same as last time")}
    </button>
  );
}

/** The same list again draws nothing anew. */
const same = (before: readonly string[], now: readonly string[]) => (before.join() === now.join() ? before : now);

/** Fields that still stand as they were opened: nothing that was entered is replaced. */
function untouched(before: Typed, now: Typed, names: readonly string[]): readonly string[] {
  const of = (typed: Typed, name: string) => JSON.stringify(typed.filter(([each]) => each === name));
  return names.filter((name) => of(before, name) === of(now, name));
}

/** What was entered behind a tap is seen at once. */
function openParts(form: HTMLFormElement): void {
  for (const part of form.querySelectorAll("details")) {
    const controls = [...part.querySelectorAll<HTMLInputElement>("input, textarea")];
    const isEntered = controls.some(({ type, checked, value, defaultValue }) =>
      type === "radio" || type === "checkbox" ? checked : type !== "file" && value !== defaultValue,
    );
    if (isEntered) part.open = true;
  }
}

export function Form({ opening, submit, warn, last = [], children }: FormProps) {
  const box = useRef<HTMLFormElement>(null);
  const asOpened = useRef<Typed>([]);
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [warning, setWarning] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [suspected, setSuspected] = useState<readonly string[]>([]);
  const [isSaving, setSaving] = useState(false);
  const autosave = useAutosave(box, opening, (error) => setTrouble(error ? problemSentence(codeOf(error)) : null));
  const { draft, quiet } = opening;
  useStanding();
  const look = () => {
    if (!box.current) return;
    const form = box.current;
    if (warn) setWarning(warn(new FormData(form)));
    setSuspected((before) => same(before, suspectedIn(form)));
  };
  useLayoutEffect(() => {
    if (!box.current) return;
    asOpened.current = readTyped(box.current);
    quiet.current = () => autosave.rest(true);
    if (draft) {
      fillTyped(box.current, draft.typed);
      openParts(box.current);
      look();
    }
    autosave.opened();
  }, []);
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    // A second tap while the first is being stored would make the record twice.
    if (isSaving) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    // A part of the form says why it is not ready.
    const wait = form.get("wait");
    if (wait) return setFaults([{ field: "", text: String(wait) }]);
    setSaving(true);
    try {
      await autosave.rest(true);
      const found = await submit(form);
      if (found.length > 0) await autosave.rest(false);
      setFaults(found);
    } catch (error) {
      await autosave.rest(false);
      setFaults([{ field: "", text: problemSentence(codeOf(error)) }]);
    } finally {
      setSaving(false);
    }
  };
  const touch = () => {
    autosave.touch();
    look();
  };
  const takeLast = () => {
    if (!box.current) return;
    const names = untouched(asOpened.current, readTyped(box.current), [...new Set(last.map(([name]) => name))]);
    fillTyped(box.current, last, names);
    openParts(box.current);
    touch();
  };
  const press = (event: KeyboardEvent) => {
    keepOpen(event);
    autosave.touch();
  };
  return (
    <form
      id={FORM}
      ref={box}
      noValidate
      onSubmit={send}
      onKeyDown={press}
      onInput={touch}
      onClick={() => autosave.touch()}
    >
      <FaultSummary faults={faults} />
      <Warning>
        {pgettext("notice.form", "Do not write residents' names, ID numbers, phone numbers, addresses or plates")}
      </Warning>
      {draft ? <DraftNote opening={opening} /> : last.length > 0 && <LikeLast onTake={takeLast} />}
      <DraftContext.Provider value={() => autosave.flush()}>{children(faults)}</DraftContext.Provider>
      <div role="status">
        {trouble && <Warning>{trouble}</Warning>}
        {warning && <Warning>{warning}</Warning>}
        <PersonalHint what={suspected} />
      </div>
    </form>
  );
}
