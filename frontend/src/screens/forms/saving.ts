/** Save and say so: the one path from a form to the phone's store. Nothing here waits for the network. */
import type { Fault } from "../../components/field.tsx";
import { say } from "../../components/flash.ts";
import type { Change, Engine, Outcome } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../../i18n/problems.ts";
import { navigate } from "../router.ts";

/** The record that a form makes: the one that its photos were taken for, which may have come back with its text. */
export const recordOf = (form: FormData, opened: string): string => String(form.get("record") ?? opened);

async function store(engine: Engine, changes: readonly Change[], hasPhotos: boolean): Promise<Outcome<null>> {
  const [first] = changes;
  // Where the form has none, nothing of photos is in the way of saving.
  if (!hasPhotos || !first) return await engine.save(changes);
  return await (await engine.photos()).saveWithDrafts(changes, first);
}

/**
 * Gives the faults to show; none means that every change is on the phone. `hasPhotos`: those that were taken for the
 * first record become its own in the same transaction.
 */
export async function save(
  engine: Engine,
  changes: readonly Change[],
  then: string,
  hasPhotos = false,
): Promise<readonly Fault[]> {
  try {
    const outcome = await store(
      engine,
      changes.filter(({ set }) => Object.keys(set).length > 0),
      hasPhotos,
    );
    if (!outcome.ok) return [{ field: "", text: problemText(outcome.problem) }];
  } catch (thrown) {
    return [{ field: "", text: problemSentence(codeOf(thrown)) }];
  }
  say(pgettext("state.saved", "Saved on this device"), true);
  navigate(then);
  return [];
}
