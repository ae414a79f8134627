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
