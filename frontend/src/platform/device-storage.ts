/** The only door to the browser's storage estimate and its promise to keep what is stored. */
export interface StorageReport {
  readonly usedBytes: number | null;
  readonly quotaBytes: number | null;
  readonly persisted: boolean | null;
}

/** Below this, records still find room and photos have to wait. */
const FREE_BYTES_MIN = 50 * 1024 * 1024;

export const isLowOnSpace = ({ usedBytes, quotaBytes }: Omit<StorageReport, "persisted">): boolean =>
  usedBytes !== null && quotaBytes !== null && quotaBytes - usedBytes < FREE_BYTES_MIN;

export async function reportStorage(): Promise<StorageReport> {
  const storage = deviceStorage();
  const estimate = await storage?.estimate?.().catch(() => null);
  const persisted = await storage?.persisted?.().catch(() => null);
  return {
    usedBytes: estimate?.usage ?? null,
    quotaBytes: estimate?.quota ?? null,
    persisted: persisted ?? null,
  };
}

/** Asks the browser not to evict; a refusal is shown by `reportStorage`, never an error. */
export async function askPersistence(): Promise<boolean> {
  return (
    (await deviceStorage()
      ?.persist?.()
      .catch(() => false)) ?? false
  );
}

/**
 * The Cache API's name for outlines of areas. Not of those that the service worker clears at an update: what is in it
 * does not change with the app. They tell which unit a phone was in, and go when it is wiped.
 */
export const OUTLINES = "map-boundaries";

export async function forgetOutlines(): Promise<void> {
  await (globalThis as Partial<typeof globalThis>).caches?.delete(OUTLINES);
}

/** Absent on plain http and in old browsers. */
function deviceStorage(): StorageManager | undefined {
  return (navigator as Partial<Navigator>).storage;
}
