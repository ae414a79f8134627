/** Waiting until nothing moves any more but what the simulation itself holds: requests, timers. */

/** Turns of the event loop after which something must be going round in circles. */
const TURNS_MAX = 200_000;

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** IndexedDB, locks and channels all move by immediates; promises are done before the next one. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < TURNS_MAX; turns += 1) {
    await turn();
    if (isStill()) {
      await turn();
      if (isStill()) return;
    }
  }
  throw new Error(`the page does not come to rest in ${TURNS_MAX} turns`);
}

function isStill(): boolean {
  return !process.getActiveResourcesInfo().includes("Immediate");
}

/** What a piece of work came to, once nothing moves any more. Work that is not done by then never will be. */
export async function ended<T>(work: Promise<T>): Promise<T> {
  const unfinished = Symbol("unfinished");
  await settle();
  const found = await Promise.race([work, Promise.resolve(unfinished)]);
  if (found === unfinished) throw new Error("the page waits for something that never comes");
  return found as T;
}
