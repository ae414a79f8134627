/** Taking back what was just saved. An operation stays what it is (P7), so another one says the contrary. */
import { draftAddress } from "../../components/draft-rows.tsx";
import { say } from "../../components/flash.ts";
import type { Change, Engine, ShownRecord } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../../i18n/problems.ts";
import { navigate } from "../router.ts";
import type { Source } from "./saving.ts";
import { typedIn } from "./typed.ts";

/** What stood before a save: null where the form makes its record, absent where nothing can be taken back. */
export interface Before {
  readonly record: ShownRecord | null;
}

/**
 * Read before the save: what a form changes, as it is now, not as it was when the form was opened. A save with photos
 * cannot be taken back in one tap: they are on their way with their record.
 */
export async function standing(engine: Engine, { draft, entered }: Source): Promise<Before | null> {
  if (draft.opened) return { record: await engine.record(draft.record) };
  return entered.has("photos") ? null : { record: null };
}

type Seen = NonNullable<Change["seen"]>;

/** What says the contrary: a new record is voided, a changed one gets back what it said before. */
export function contrary(changes: readonly Change[], before: ShownRecord | null, seen: Seen | null): readonly Change[] {
  const reason = pgettext("undo.reason", "Undone right after it was saved");
  return changes.map(({ record, kind, partition, set }) => {
    const names = Object.keys(set);
    const back = before && Object.fromEntries(names.map((name) => [name, before.fields[name] ?? null]));
    return { record, kind, partition, set: back ?? { void: reason }, ...(seen && { seen }) };
  });
}

/** Afterwards the form stands as it was, as a draft; what it makes is another record. */
export function undoing(engine: Engine, changes: readonly Change[], source: Source, before: Before) {
  const { form, kind, opened } = source.draft;
  const typed = typedIn(source.entered).filter(([name]) => !name.endsWith("-id"));
  const headsOf = async (record: string) => (await (await engine.decisions()).heads(record)).fields;
  // As the save left them: what others say meanwhile was not seen, and is not taken back (P5).
  const seen = opened ? headsOf(opened.id).catch(() => null) : Promise.resolve(null);
  let isDone = false;
  return async (): Promise<void> => {
    if (isDone) return;
    isDone = true;
    try {
      const outcome = await engine.save(contrary(changes, before.record, await seen));
      if (!outcome.ok) return say(problemText(outcome.problem), false);
      const drafts = await engine.drafts();
      const record = opened?.id ?? engine.newId();
      const now = opened && { ...(before.record ?? opened), seen: await headsOf(record) };
      // Somebody may have begun the next one: that text is not replaced, and this one stands beside it.
      await drafts.keep({ form, record, kind, opened: now, typed }, { isLast: true });
      say(pgettext("undo.done", "Taken back"), true);
      navigate(draftAddress({ form, record, kind }));
    } catch (thrown) {
      say(problemSentence(codeOf(thrown)), false);
    }
  };
}
