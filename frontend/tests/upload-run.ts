/** The app's own upload queue on a store, against any `fetch`, as fast as the clock can be turned. */

import { type Queue, startQueue } from "../src/photos/queue.ts";
import { createUploadClient } from "../src/photos/upload-client.ts";
import { uuidv7 } from "../src/platform/chance.ts";
import type { DeviceStore } from "../src/store/device-store.ts";
import { createClient } from "../src/sync/client.ts";
import { syncLock } from "../src/sync/loop.ts";
import { type VirtualClock, virtualPlatform } from "./virtual-phone.ts";

export interface UploadRun {
  readonly store: DeviceStore;
  /** What answers; it may let time pass on `clock`, throw, or answer anything. */
  readonly fetch: typeof globalThis.fetch;
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly isVisible?: () => boolean;
  readonly mayGo?: () => boolean;
}

/** The queue as a new life of the page has it. */
export function openQueue(run: UploadRun): Queue {
  const platform = virtualPlatform(run);
  const language = () => "vi";
  const client = createClient({
    fetch: run.fetch,
    language,
    lock: platform.lock,
    proof: async () => null,
    device: () => null,
  });
  return startQueue({
    platform,
    client: createUploadClient(client),
    store: run.store,
    tab: uuidv7(run.clock.nowMs(), platform.chance),
    lockName: syncLock(run.store.owner.device),
    nowMs: run.clock.nowMs,
    mayGo: run.mayGo ?? (() => true),
    onState: () => undefined,
    onFlight: () => undefined,
    onSettled: async () => undefined,
  });
}

export interface UploadEnd {
  readonly waiting: number;
  readonly refused: number;
  readonly endedMs: number;
}

/**
 * Sends what waits in the store until nothing does, nothing can, or the clock has reached `untilMs`; `isDead` ends this
 * life of the page at once, as if its process had been killed.
 */
export async function runUploads(run: UploadRun, untilMs: number, isDead = () => false): Promise<UploadEnd> {
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    try {
      return await run.fetch(input, init);
    } finally {
      // Before anything of this page hears how it ended.
      if (isDead()) queue.stop();
    }
  };
  const queue = openQueue({ ...run, fetch });
  queue.ask("answered");
  const isOver = () => isDead() || (queue.state().phase !== "working" && !run.clock.jump(untilMs));
  while (!isOver()) await breathe();
  queue.stop();
  // What was in flight when it died comes to its end unseen.
  for (let at = 0; at < 5; at += 1) await breathe();
  const { waitingPhotos: waiting, refusedPhotos: refused } = await run.store.summary();
  return { waiting, refused, endedMs: run.clock.nowMs() };
}

const breathe = () => new Promise((resolve) => setTimeout(resolve, 0));
