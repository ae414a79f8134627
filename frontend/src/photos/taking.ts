/** Taking photos: shrunk and stored one after the other, so that a cheap phone holds one picture at a time. */

import type { Outcome } from "../engine/contract.ts";
import { isLowOnSpace } from "../platform/device-storage.ts";
import { isStorageFull } from "../store/connection.ts";
import { isDraft } from "../store/drafts.ts";
import { makeRoom } from "../store/photo-keeping.ts";
import { addPhoto, dropLoose, type PhotoParent, type Shot, saveWithDrafts } from "../store/photos.ts";
import { PatrolOpen, Unsendable } from "../store/save.ts";
import { ownProblem } from "../sync/client.ts";
import type { Photos } from "./contract.ts";
import { hexOf, sha256 } from "./digest.ts";
import type { PhotosParts } from "./photos.ts";
import { shrink, Unusable } from "./shrink.ts";

type Taking = Pick<Photos, "add" | "saveWithDrafts" | "dropLoose">;

export function taking(parts: PhotosParts, onSaved: () => void): Taking {
  const { store, moment, changed, saved } = parts;
  return {
    add: async (files, to, onProgress) => {
      let outcome: Outcome<null> = { ok: true, value: null };
      for (const [at, file] of files.entries()) {
        const added = await addOne(parts, file, to);
        // One bad file of several keeps no other out; a full phone does.
        if (!added.ok) outcome = added;
        if (!added.ok && !added.problem.code.startsWith("photo-")) break;
        onProgress(at + 1);
      }
      onSaved();
      return outcome;
    },
    saveWithDrafts: async (changes, to, draft) => {
      const work = () => store.write((tx) => saveWithDrafts(tx, store.owner, changes, to, moment(), draft));
      const outcome = await keeping(parts, work);
      if (outcome.ok) await saved();
      onSaved();
      return outcome;
    },
    dropLoose: async (id) => {
      await store.write((tx) => dropLoose(tx, id));
      await changed();
    },
  };
}

/** The draft may have been thrown away while the picture was being made smaller: then nothing of it is to stay. */
async function addOne(parts: PhotosParts, file: File, to: PhotoParent): Promise<Outcome<null>> {
  const { store, moment, saved, changed } = parts;
  if (await isNearlyFull(parts)) return refusal("storage-low");
  const shot = await shotOf(parts, file);
  if (shot instanceof Unusable) return refusal(shot.code);
  const outcome = await keeping(parts, () =>
    store.write(async (tx) => {
      if (to.draft === undefined || (await isDraft(tx, to.draft))) await addPhoto(tx, store.owner, shot, to, moment());
    }),
  );
  if (outcome.ok) await (to.draft === undefined ? saved() : changed());
  return outcome;
}

async function shotOf(parts: PhotosParts, file: File): Promise<Shot | Unusable> {
  try {
    const { full, thumb, width, height } = await shrink(file);
    const digest = hexOf(await sha256(full));
    return { id: parts.newId(), full, thumb, sha256: digest, width, height, taken_ms: takenAt(parts, file) };
  } catch (error) {
    if (error instanceof Unusable) return error;
    throw error;
  }
}

/** A file keeps the time of the device's clock; of a picture just taken that is now. */
function takenAt({ moment }: PhotosParts, { lastModified }: File): number {
  const { nowMs, observed } = moment();
  const correctedMs = lastModified + nowMs - observed.wall_ms;
  return lastModified > 0 ? Math.max(0, Math.min(nowMs, correctedMs)) : nowMs;
}

async function isNearlyFull({ storage, store }: PhotosParts): Promise<boolean> {
  const isLow = async () => isLowOnSpace(await storage());
  return (await isLow()) && !((await store.write(makeRoom)) && !(await isLow()));
}

/** The screens have the sentence of its code. */
export const refusal = (code: string): Outcome<never> => ({ ok: false, problem: ownProblem(code, 0) });

/** A full phone first gives up what the server has; then nothing is kept half, and somebody is told (A19). */
export async function keeping({ store }: PhotosParts, work: () => Promise<void>): Promise<Outcome<null>> {
  try {
    await work().catch(async (error: unknown) => {
      if (!isStorageFull(error) || !(await store.write(makeRoom))) throw error;
      await work();
    });
    return { ok: true, value: null };
  } catch (error) {
    if (error instanceof Unsendable) return refusal("value-invalid");
    if (error instanceof PatrolOpen) return refusal("another-patrol-open");
    if (isStorageFull(error)) return refusal("storage-full");
    throw error;
  }
}
