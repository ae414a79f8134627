/** The only door to the files that a site may keep (OPFS); without them the records stand in IndexedDB alone. */
import type { SpareDoor } from "../spare/contract.ts";
import { SPARE_FOLDER, SPARE_LOCK } from "../spare/places.ts";

/** Null in an old browser and on plain http. */
export function deviceSpares(): SpareDoor | undefined {
  const { storage, locks } = navigator as Partial<Navigator>;
  if (!storage?.getDirectory || !locks || typeof Worker === "undefined") return undefined;
  const root = () => storage.getDirectory();
  const folder = async () => await (await root()).getDirectoryHandle(SPARE_FOLDER);
  return {
    open: async () => (await import("../spare/spares.ts")).openSpares(),
    isThere: async () => {
      // Where a site may keep no files at all, as in a private window, there are none.
      const place = await root().catch(() => null);
      return Boolean(await place?.getDirectoryHandle(SPARE_FOLDER).catch(nothingThere));
    },
    forget: (device) =>
      locks.request(SPARE_LOCK, async () => {
        const place = await folder().catch(nothingThere);
        await place?.removeEntry(device, { recursive: true }).catch(nothingThere);
      }),
  };
}

function nothingThere(error: unknown): undefined {
  if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
  throw error;
}
