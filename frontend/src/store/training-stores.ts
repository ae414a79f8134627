/** The databases of training: of another name than any device's, and each held by its tab for as long as it lives. */
import { deleteDB } from "idb";
import type { Locked } from "../platform/locks.ts";

/** No device's id has a stroke in it: nothing of these is ever a device's. */
export const TRAINING_FAMILY = "diaban-training";

/** Before the database is made; what it gives lets go. */
export function holdTraining(lock: Locked, device: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    lock(`${TRAINING_FAMILY}-${device}`, () => new Promise<void>((release) => resolve(release))).catch(reject);
  });
}

/** Tells of each one whose tab is gone: it was closed, or killed, before somebody left training. */
export async function findCutOff(lock: Locked, found: (name: string) => void): Promise<void> {
  for (const name of await trainingNames()) {
    // Another tab may be at it: then this waits until that one is gone, and most often finds nothing left.
    lock(name, async () => (await trainingNames()).includes(name) && found(name)).catch(() => undefined);
  }
}

export const dropTraining = (name: string): Promise<void> => deleteDB(name);

/** A browser that cannot list its databases keeps one that opens no more: its key was in memory alone. */
async function trainingNames(): Promise<readonly string[]> {
  const all = (await (indexedDB as Partial<IDBFactory>).databases?.()) ?? [];
  return all.flatMap(({ name = "" }) => (name.startsWith(`${TRAINING_FAMILY}-`) ? [name] : []));
}
