/** The end of a patrol without its results, which the form asks for afterwards; for ten seconds it goes on again. */
import { say } from "../../components/flash.ts";
import type { Change, Engine, Outcome, ShownRecord } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../../i18n/problems.ts";
import { navigate } from "../router.ts";

/** Pure. Only its end: whatever others say of it meanwhile stands. */
export function endedAt({ id: record, partition }: ShownRecord, ended_at: number | null): Change {
  return { record, kind: "patrol", partition, set: { ended_at } };
}

export const resultsAddress = (patrol: string): string => `/patrol/end?of=${patrol}`;

export async function endNow(engine: Engine, patrol: ShownRecord): Promise<void> {
  if (!(await saved(engine, endedAt(patrol, engine.nowMs())))) return;
  say(pgettext("patrol.ended", "Patrol ended, saved on this device"), true, () => goOn(engine, patrol));
  navigate(resultsAddress(patrol.id));
}

/** Another one may have been begun meanwhile; then this one stays ended, and somebody is told why. */
async function goOn(engine: Engine, patrol: ShownRecord): Promise<void> {
  if (!(await saved(engine, endedAt(patrol, null)))) return;
  say(pgettext("patrol.goes_on", "The patrol goes on"), true);
  navigate("/");
}

async function saved(engine: Engine, change: Change): Promise<boolean> {
  const outcome: Outcome<null> | null = await engine.save([change]).catch((thrown: unknown) => {
    say(problemSentence(codeOf(thrown)), false);
    return null;
  });
  if (outcome?.ok === false) say(problemText(outcome.problem), false);
  return outcome?.ok === true;
}
