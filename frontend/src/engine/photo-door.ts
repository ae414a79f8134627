/** The way to the photos: their code is fetched with the first photo, or when some are still to be sent or decided about. */
import type { OpenPhotos, PhotosParts } from "../photos/photos.ts";
import type { PhotoCounts } from "../store/photo-rows.ts";
import type { SyncState } from "../sync/state.ts";

export interface PhotoDoor {
  open(): Promise<OpenPhotos>;
  /** For what only open photos need to know. */
  tell(act: (photos: OpenPhotos) => void): void;
  /** Operations have gone first; photos whose records have their receipts follow, one at a time. */
  followExchange(before: SyncState, after: SyncState, counts: PhotoCounts): void;
}

export function photoDoor(parts: PhotosParts): PhotoDoor {
  let opened: Promise<OpenPhotos> | null = null;
  const load = async () => (await import("../photos/photos.ts")).openPhotos(parts);
  const open = () => {
    opened ??= load().catch((error: unknown) => {
      // Without a network, and not kept by the service worker yet: the next exchange tries again.
      opened = null;
      throw error;
    });
    return opened;
  };
  const tell: PhotoDoor["tell"] = (act) => void opened?.then(act, () => undefined);
  return {
    open,
    tell,
    followExchange: (before, after, { waitingPhotos, refusedPhotos }) => {
      if (before.phase !== "sending" || after.phase === "sending") return;
      const answered = before.failures > 0 || before.offline ? "back" : "answered";
      if (waitingPhotos + refusedPhotos > 0) open().catch(() => undefined);
      tell((photos) => photos.ask(after.phase === "idle" ? answered : "saved"));
    },
  };
}
