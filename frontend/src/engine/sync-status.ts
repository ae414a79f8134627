/** What screens show of sending: the state machine and the store, in one value. */
import type { Summary } from "../store/device-store.ts";
import type { SyncState } from "../sync/state.ts";
import type { SyncStatus } from "./contract.ts";

export function makeStatus(
  state: SyncState,
  summary: Summary | null,
  updateReady: boolean,
  hasDamaged: boolean,
): SyncStatus {
  return {
    phase: state.phase,
    offline: state.offline,
    waitingRecords: summary?.waitingRecords ?? 0,
    heldRecords: summary?.heldRecords ?? 0,
    waitingPhotos: summary?.waitingPhotos ?? 0,
    refusedPhotos: summary?.refusedPhotos ?? 0,
    draftForms: summary?.draftForms ?? 0,
    draftPhotos: summary?.draftPhotos ?? 0,
    lastSuccessMs: summary?.lastSuccessMs ?? null,
    nextTryMs: state.nextTryMs,
    problem: state.problem,
    firstLoadRecords: summary ? firstLoad(summary) : null,
    updateReady,
    hasDamaged,
    clockOffsetMs: summary?.clock?.offset_ms ?? null,
  };
}

/** Null when every listed partition has been read to its end (A16). */
function firstLoad({ partitions, cursors, lastSuccessMs }: Summary): number | null {
  const complete = new Set(cursors.filter((row) => row.complete).map((row) => row.partition));
  const isComplete = lastSuccessMs !== null && partitions.every(({ id }) => complete.has(id));
  return isComplete ? null : cursors.reduce((sum, row) => sum + row.brought, 0);
}
