/** Everything of the engine that changes, and how the screens are told. */
import { type Signal, signal } from "@preact/signals";
import type { Summary } from "../store/device-store.ts";
import { INITIAL, type SyncState } from "../sync/state.ts";
import type { LockStatus, Outcome, Partition, PhotoStatus, Session, SyncStatus } from "./contract.ts";
import { makeStatus } from "./sync-status.ts";
import type { WorkKeys } from "./work-keys.ts";
import type { WorkPlace } from "./work-place.ts";

export interface Live {
  readonly session: Signal<Session | null>;
  readonly status: Signal<SyncStatus>;
  readonly partitions: Signal<readonly Partition[]>;
  readonly revision: Signal<number>;
  readonly photoStatus: Signal<PhotoStatus>;
  readonly language: Signal<"vi" | "en">;
  readonly lock: Signal<LockStatus>;
  place: WorkPlace | null;
  /** Whoever was lost with the database is back, and their devices; false: nobody can tell whether somebody was. */
  settled: Promise<boolean>;
  state: SyncState;
  summary: Summary | null;
  updateReady: boolean;
  /** A row that is stored here does not open. */
  hasDamaged: boolean;
}

export const NO_PHOTOS: PhotoStatus = {
  phase: "resting",
  problem: null,
  nextTryMs: null,
  sending: null,
  byRecord: new Map(),
};

export const NO_LOCK: LockStatus = {
  isPossible: false,
  isSet: false,
  isLocked: false,
  isPutOff: false,
  isGivenUp: false,
  ways: [],
};

/** So long nobody is asked again to set a lock. */
const PUT_OFF_MS = 7 * 86_400_000;

export function lockStatus(keys: WorkKeys | null, nowMs: number): LockStatus {
  if (!keys) return NO_LOCK;
  const { keyring, isLocked } = keys;
  const ways = keyring.ways.map(({ kind }) => kind);
  const { put_off_ms } = keyring;
  const isPutOff = put_off_ms !== undefined && Math.abs(nowMs - put_off_ms) < PUT_OFF_MS;
  const isGivenUp = keyring.is_given_up ?? false;
  return { isPossible: true, isSet: keyring.open === undefined, isLocked, isPutOff, isGivenUp, ways };
}

export function makeLive(language: "vi" | "en"): Live {
  return {
    session: signal<Session | null>(null),
    status: signal(makeStatus(INITIAL, null, false, false)),
    partitions: signal<readonly Partition[]>([]),
    revision: signal(0),
    photoStatus: signal(NO_PHOTOS),
    language: signal(language),
    lock: signal(NO_LOCK),
    place: null,
    settled: Promise.resolve(true),
    state: INITIAL,
    summary: null,
    updateReady: false,
    hasDamaged: false,
  };
}

export function tell(live: Live): void {
  live.status.value = makeStatus(live.state, live.summary, live.updateReady, live.hasDamaged);
  const partitions = live.summary?.partitions ?? [];
  // A new list only when it differs, so that screens do not draw again on every tick.
  if (JSON.stringify(partitions) !== JSON.stringify(live.partitions.value)) live.partitions.value = partitions;
}

/** The screens have the sentences of a code that this phone finds itself. */
export function problem(code: string, values: Readonly<Record<string, string | number>> = {}): Outcome<never> {
  return { ok: false, problem: { code, title: "", detail: "", status: 0, values } };
}
