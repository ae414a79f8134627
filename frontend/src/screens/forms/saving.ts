/** Save and say so: the one path from a form to the phone's store. Nothing here waits for the network. */
import type { Fault } from "../../components/field.tsx";
import { say } from "../../components/flash.ts";
import type { Change, Engine, Outcome } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../../i18n/problems.ts";
import { navigate } from "../router.ts";
import type { Opening } from "./opening.ts";
import { undoing } from "./undoing.ts";

/** The form that the changes come from: its draft goes with the save, its photos become the first record's. */
export interface Source {
  readonly draft: Opening;
  readonly entered: FormData;
}

async function store(engine: Engine, changes: readonly Change[], source: Source | undefined): Promise<Outcome<null>> {
  const [first] = changes;
  // Where the form has none, nothing of photos is in the way of saving.
  if (!source?.entered.has("photos") || !first) return await engine.save(changes, source?.draft);
  return await (await engine.photos()).saveWithDrafts(changes, first, source.draft);
}

/**
 * Gives the faults to show; none means that every change is on the phone, the photos with their record and the draft
 * gone, in one transaction. With a form behind it, it can be taken back for a moment.
 */
export async function save(
  engine: Engine,
  changes: readonly Change[],
  then: string,
  source?: Source,
): Promise<readonly Fault[]> {
  const made = changes.filter(({ set }) => Object.keys(set).length > 0);
  try {
    const outcome = await store(engine, made, source);
    if (!outcome.ok) return [{ field: "", text: problemText(outcome.problem) }];
  } catch (thrown) {
    return [{ field: "", text: problemSentence(codeOf(thrown)) }];
  }
  const undo = source && made.length > 0 ? undoing(engine, made, source) : null;
  say(pgettext("state.saved", "Saved on this device"), true, undo);
  navigate(then);
  return [];
}
