/** Save and say so: the one path from a form to the phone's store. Nothing here waits for the network. */
import type { Fault } from "../../components/field.tsx";
import { say } from "../../components/flash.ts";
import type { Change, Engine, Outcome } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../../i18n/problems.ts";
import { navigate } from "../router.ts";

/** Photos that were taken for a form become those of its record, in the same transaction. */
export interface FormPhotos {
  readonly form: string;
  readonly to: { readonly record: string; readonly partition: string };
}

/** Null where the form has none: nothing of photos is then in the way of saving. */
export const photosOf = (form: FormData, name: string, { record, partition }: Change): FormPhotos | null =>
  form.has("photos") ? { form: name, to: { record, partition } } : null;

async function store(engine: Engine, changes: readonly Change[], photos: FormPhotos | null): Promise<Outcome<null>> {
  if (!photos) return await engine.save(changes);
  return await (await engine.photos()).saveWithDrafts(changes, photos.form, photos.to);
}

/** Gives the faults to show; none means that every change is on the phone. */
export async function save(
  engine: Engine,
  changes: readonly Change[],
  then: string,
  photos: FormPhotos | null = null,
): Promise<readonly Fault[]> {
  try {
    const outcome = await store(
      engine,
      changes.filter(({ set }) => Object.keys(set).length > 0),
      photos,
    );
    if (!outcome.ok) return [{ field: "", text: problemText(outcome.problem) }];
  } catch (thrown) {
    return [{ field: "", text: problemSentence(codeOf(thrown)) }];
  }
  say(pgettext("state.saved", "Saved on this device"), true);
  navigate(then);
  return [];
}
