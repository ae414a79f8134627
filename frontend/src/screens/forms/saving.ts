/** Save and say so: the one path from a form to the phone's store. Nothing here waits for the network. */
import type { Fault } from "../../components/field.tsx";
import { say } from "../../components/flash.ts";
import type { Change, Engine, Outcome } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../../i18n/problems.ts";
import { navigate } from "../router.ts";
import type { Opening } from "./opening.ts";
import { standing, undoing } from "./undoing.ts";

/** The form that the changes come from: its draft goes with the save, its photos become the first record's. */
export interface Source {
  readonly draft: Opening;
  readonly entered: FormData;
}

async function store(engine: Engine, changes: readonly Change[], source: Source | undefined): Promise<Outcome<null>> {
  const [first] = changes;
  const plainly = () => engine.save(changes, source?.draft);
  if (!first || !source || !mayHavePhotos(engine, source)) return await plainly();
  // Where their code cannot be had, nothing of photos is in the way of saving.
  const photos = await engine.photos().catch(() => null);
  return await (photos?.saveWithDrafts(changes, first, source.draft) ?? plainly());
}

/** The form may be saved before it shows the photos that came back with its draft. */
function mayHavePhotos(engine: Engine, { draft, entered }: Source): boolean {
  return draft.opened === null && (entered.has("photos") || engine.status.value.draftPhotos > 0);
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
  const here = location.pathname;
  let undo: (() => Promise<void>) | null = null;
  try {
    const before = source && made.length > 0 ? await standing(engine, source) : null;
    const outcome = await store(engine, made, source);
    if (!outcome.ok) return [{ field: "", text: problemText(outcome.problem) }];
    if (before && source) undo = undoing(engine, made, source, before);
  } catch (thrown) {
    return [{ field: "", text: problemSentence(codeOf(thrown)) }];
  }
  say(pgettext("state.saved", "Saved on this device"), true, undo);
  // Whoever has gone on to another screen meanwhile stays there.
  if (location.pathname === here) navigate(then);
  return [];
}
