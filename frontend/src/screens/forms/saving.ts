/** Save and say so: the one path from a form to the phone's store. Nothing here waits for the network. */
import type { Fault } from "../../components/field.tsx";
import { say } from "../../components/flash.ts";
import type { Change, Engine } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../../i18n/problems.ts";
import { navigate } from "../router.ts";

/** Gives the faults to show; none means that every change is on the phone. */
export async function save(engine: Engine, changes: readonly Change[], then: string): Promise<readonly Fault[]> {
  try {
    const outcome = await engine.save(changes.filter((change) => Object.keys(change.set).length > 0));
    if (!outcome.ok) return [{ field: "", text: problemText(outcome.problem) }];
  } catch (thrown) {
    return [{ field: "", text: problemSentence(codeOf(thrown)) }];
  }
  say(pgettext("state.saved", "Saved on this device"), true);
  navigate(then);
  return [];
}
