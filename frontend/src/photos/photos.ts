/** The photos of one signed-in user on this phone: taken, shown, sent. Fetched with the first photo. */
import type { Signal } from "@preact/signals";
import type { PhotoStatus } from "../engine/contract.ts";
import type { StorageReport } from "../platform/device-storage.ts";
import type { Platform } from "../platform/platform.ts";
import type { DeviceStore } from "../store/device-store.ts";
import { endWaits, settlePhotos } from "../store/photo-keeping.ts";
import { countByRecord } from "../store/photos.ts";
import type { SaveMoment } from "../store/save.ts";
import type { Client } from "../sync/client.ts";
import type { Photos } from "./contract.ts";
import { deciding } from "./deciding.ts";
import { listing } from "./listing.ts";
import { type Queue, startQueue } from "./queue.ts";
import { taking } from "./taking.ts";
import { createUploadClient } from "./upload-client.ts";
import type { UploadCause } from "./upload-state.ts";

export { awaitsPhotos } from "../store/photo-keeping.ts";

export interface PhotosParts {
  readonly platform: Platform;
  readonly client: Client;
  readonly store: DeviceStore;
  /** Shared with the exchange: one request at a time over all tabs (P21). */
  readonly lockName: string;
  readonly newId: () => string;
  readonly moment: () => SaveMoment;
  readonly storage: () => Promise<StorageReport>;
  readonly status: Signal<PhotoStatus>;
  /** False while operations are on their way: they go first. */
  readonly mayGo: () => boolean;
  /** Screens and other tabs look again; after a local write, the exchange too. */
  readonly changed: () => Promise<void>;
  readonly saved: () => Promise<void>;
}

/** With what the work place tells it. */
export interface OpenPhotos extends Photos {
  ask(cause: UploadCause): void;
  /** A person asks: no photo waits for its time any longer. */
  sendNow(): void;
  /** The store has changed; `isPulled`: by what others did, which may be the voiding of a photo. */
  refresh(isPulled: boolean): void;
  close(): void;
}

export function openPhotos(parts: PhotosParts): OpenPhotos {
  const { store, status, moment } = parts;
  let isClosed = false;
  const queue = openQueue(parts);
  const count = oneAtATime(async () => {
    if (isClosed) return;
    const byRecord = await store.read(countByRecord);
    if (!isClosed) status.value = { ...status.value, byRecord };
  });
  const settle = async () => {
    if (!isClosed) await store.write((tx) => settlePhotos(tx, moment().nowMs));
    await count();
  };
  // What fails here is tried again with the next change; a photo waits in the store, whatever happens.
  const quietly = (work: () => Promise<void>) => void work().catch(() => undefined);
  quietly(settle);
  queue.ask("saved");
  return {
    ...taking(parts, () => queue.ask("saved")),
    ...listing(parts),
    ...deciding(parts, () => queue.ask("person")),
    ask: (cause) => queue.ask(cause),
    sendNow: () => {
      quietly(async () => {
        await store.write(endWaits);
        queue.ask("person");
      });
    },
    refresh: (isPulled) => quietly(isPulled ? settle : count),
    close: () => {
      isClosed = true;
      queue.stop();
    },
  };
}

function openQueue({ platform, client, store, lockName, moment, status, mayGo, changed, newId }: PhotosParts): Queue {
  return startQueue({
    platform,
    client: createUploadClient(client),
    store,
    tab: newId(),
    lockName,
    nowMs: () => moment().nowMs,
    mayGo,
    onState: ({ phase, problem, nextTryMs }) => {
      status.value = { ...status.value, phase, problem, nextTryMs };
    },
    onFlight: (row) => {
      const sending = row && { id: row.id, sentBytes: row.upload?.offset ?? 0, bytes: row.bytes };
      status.value = { ...status.value, sending };
    },
    onSettled: changed,
  });
}

/** Asked again while it runs, it runs once more, and no oftener. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let isAskedAgain = false;
  const run = async (): Promise<void> => {
    do {
      isAskedAgain = false;
      await work();
    } while (isAskedAgain);
  };
  return async () => {
    isAskedAgain = true;
    running ??= run().finally(() => {
      running = null;
    });
    await running;
  };
}
