/** Taking back what was just saved. An operation stays what it is (P7), so another one says the contrary. */
import { draftAddress } from "../../components/draft-rows.tsx";
import { say } from "../../components/flash.ts";
import type { Change, Engine, Value } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../../i18n/problems.ts";
import { navigate } from "../router.ts";
import type { Source } from "./saving.ts";
import { typedIn } from "./typed.ts";

/** What says the contrary: a new record is voided, a changed one gets back what it said before. */
export function contrary(
  changes: readonly Change[],
  before: Readonly<Record<string, Value>> | null,
): readonly Change[] {
  const reason = pgettext("undo.reason", "Undone right after it was saved");
  return changes.map(({ record, kind, partition, set }) => {
    const names = Object.keys(set);
    const back = before ? Object.fromEntries(names.map((name) => [name, before[name] ?? null])) : { void: reason };
    return { record, kind, partition, set: back };
  });
}

/** Afterwards the form stands as it was, as a draft; what it makes is another record. */
export function undoing(engine: Engine, changes: readonly Change[], { draft, entered }: Source): () => Promise<void> {
  const { form, kind, opened } = draft;
  const typed = typedIn(entered).filter(([name]) => !name.endsWith("-id"));
  let isDone = false;
  return async () => {
    if (isDone) return;
    isDone = true;
    try {
      const outcome = await engine.save(contrary(changes, opened?.fields ?? null));
      if (!outcome.ok) return say(problemText(outcome.problem), false);
      // A record that was corrected is open to another correction anyway.
      const record = opened ? opened.id : engine.newId();
      const drafts = await engine.drafts();
      // Somebody may have begun the next one: that text stays.
      if (!opened && !(await drafts.read(form))) await drafts.keep({ form, record, kind, opened, typed }, true);
      say(pgettext("undo.done", "Taken back"), true);
      navigate(draftAddress({ form, record, kind }));
    } catch (thrown) {
      say(problemSentence(codeOf(thrown)), false);
    }
  };
}
