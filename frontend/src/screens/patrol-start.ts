/** One tap starts a patrol: everything that can be known without asking is filled in, the rest comes at its end. */
import { say } from "../components/flash.ts";
import type { Change, Engine } from "../engine/contract.ts";
import { formatMoment } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../i18n/problems.ts";
import { ownUnit, type Role } from "./roles.ts";

/** Pure. A team member patrols its own hamlet; an officer's place is asked for with the results. */
export function newPatrol(record: string, partition: string, role: Role, home: string | null, nowMs: number): Change {
  const isTeam = role === "team_member";
  return {
    record,
    kind: "patrol",
    partition,
    set: {
      started_at: nowMs,
      patrol_type: "regular",
      led_by: isTeam ? "team" : "police",
      ...(isTeam ? { grassroots: 1, ...(home !== null && { place: home }) } : { officers: 1 }),
    },
  };
}

/** Gives the sentence to show when the patrol could not be started, else null. */
export async function startPatrol(engine: Engine, isBeforeMove = false): Promise<string | null> {
  const [unit, user] = [ownUnit(engine), engine.session.value?.user];
  if (!unit || !user)
    return pgettext("ui.no_unit", "The unit of this account is not known yet. Go online and sync once.");
  try {
    const open = await engine.openPatrol();
    const nowMs = engine.nowMs();
    if (open) return problemSentence("patrol-open", { time: formatMoment(Number(open.fields.started_at), nowMs) });
    const home = user.role === "team_member" ? (user.areas[0]?.id ?? null) : null;
    const outcome = await engine.save([newPatrol(engine.newId(), unit.id, user.role, home, nowMs)]);
    if (!outcome.ok) return problemText(outcome.problem);
  } catch (thrown) {
    const code = codeOf(thrown);
    // Only an open patrol has to be opened for this.
    return problemSentence(code === "locked" ? "patrol-locked" : code);
  }
  say(pgettext("state.saved", "Saved on this device"), isBeforeMove);
  return null;
}
