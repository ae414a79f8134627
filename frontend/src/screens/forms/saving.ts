/** Save and say so: the one path from a form to the phone's store. Nothing here waits for the network. */
import type { Fault } from "../../components/field.tsx";
import { say } from "../../components/flash.ts";
import type { Change, DraftName, Engine, Outcome } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../../i18n/problems.ts";
import { navigate } from "../router.ts";

/** Of what form the changes are, and whether photos were taken for the record that it makes. */
export interface Source {
  readonly draft?: DraftName;
  readonly hasPhotos?: boolean;
}

async function store(engine: Engine, changes: readonly Change[], { draft, hasPhotos }: Source): Promise<Outcome<null>> {
  const [first] = changes;
  // Where the form has none, nothing of photos is in the way of saving.
  if (!hasPhotos || !first) return await engine.save(changes, draft);
  return await (await engine.photos()).saveWithDrafts(changes, first, draft);
}

/**
 * Gives the faults to show; none means that every change is on the phone, the photos with their record and the draft
 * gone, in one transaction.
 */
export async function save(
  engine: Engine,
  changes: readonly Change[],
  then: string,
  source: Source = {},
): Promise<readonly Fault[]> {
  try {
    const outcome = await store(
      engine,
      changes.filter(({ set }) => Object.keys(set).length > 0),
      source,
    );
    if (!outcome.ok) return [{ field: "", text: problemText(outcome.problem) }];
  } catch (thrown) {
    return [{ field: "", text: problemSentence(codeOf(thrown)) }];
  }
  say(pgettext("state.saved", "Saved on this device"), true);
  navigate(then);
  return [];
}
