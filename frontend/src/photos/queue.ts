/**
 * The shell around the upload's state machine: one request at a time under the same lock as the exchange (P21). The
 * lock is let go after every part, and locks are given in the order in which they are asked for: an exchange that is
 * due goes between two parts, and two tabs never send the same one.
 */
import { fraction } from "../platform/chance.ts";
import type { Platform } from "../platform/platform.ts";
import { isStorageFull } from "../store/connection.ts";
import type { DeviceStore } from "../store/device-store.ts";
import { advance, isUnrecorded, nextPhoto, readFile, UNRECORDED } from "../store/photos.ts";
import type { PhotoRow } from "../store/schema.ts";
import type { Failed } from "../sync/client.ts";
import type { Failure } from "../sync/state.ts";
import { hexOf, sha256 } from "./digest.ts";
import { afterFailure, afterMove, isProgress, isReceived, judge, type Move, planMove } from "./moves.ts";
import type { UploadClient } from "./upload-client.ts";
import { AT_REST, stepUpload, type UploadCause, type UploadEvent, type UploadState } from "./upload-state.ts";

export interface QueueParts {
  readonly platform: Platform;
  readonly client: UploadClient;
  readonly store: DeviceStore;
  /** Of this page's life, unlike any other's. */
  readonly tab: string;
  /** Shared with the exchange. */
  readonly lockName: string;
  readonly nowMs: () => number;
  /** False while operations are on their way; asked again when they are through. */
  readonly mayGo: () => boolean;
  readonly onState: (state: UploadState) => void;
  /** A request for this photo begins; null when it is over. */
  readonly onFlight: (row: PhotoRow | null) => void;
  /** A photo was received, refused or put off. */
  readonly onSettled: () => Promise<void>;
}

export interface Queue {
  ask(cause: UploadCause): void;
  state(): UploadState;
  stop(): void;
}

export function startQueue(parts: QueueParts): Queue {
  const { page } = parts.platform;
  let state = AT_REST;
  let isRunning = false;
  let isStopped = false;
  let cancelDue: () => void = () => undefined;

  const dispatch = (event: UploadEvent) => {
    if (isStopped) return;
    state = stepUpload(state, event);
    parts.onState(state);
    cancelDue();
    if (state.phase === "waiting" && state.nextTryMs !== null) {
      const dueMs = state.nextTryMs;
      // The timer has measured the wait; a wall clock that was set back must not prolong it.
      cancelDue = page.after(Math.max(0, dueMs - parts.nowMs()), () => dispatch({ type: "due", nowMs: dueMs }));
    }
    void run();
  };
  const isActive = () => !isStopped && state.phase === "working" && parts.mayGo() && page.isVisible();
  const pictures = keepLast(parts.store);
  const run = async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      while (isActive()) {
        const events = await lockedMove({ ...parts, pictures, isStopped: () => isStopped }, state.partBytes);
        for (const event of events) dispatch(event);
      }
    } finally {
      isRunning = false;
    }
  };
  const ask = (cause: UploadCause) => dispatch({ type: "asked", cause, nowMs: parts.nowMs() });
  const cancels = [page.onOnline(() => ask("online")), page.onVisible(() => ask("visible"))];
  return {
    ask,
    state: () => state,
    stop: () => {
      isStopped = true;
      cancelDue();
      for (const cancel of cancels) cancel();
    },
  };
}

interface MoveParts extends QueueParts {
  readonly pictures: Pictures;
  readonly isStopped: () => boolean;
}

async function lockedMove(parts: MoveParts, partBytes: number): Promise<UploadEvent[]> {
  const { platform, lockName, onFlight } = parts;
  try {
    return await platform.lock(lockName, async () => await makeMove(parts, partBytes));
  } catch (error) {
    // Whatever the store refuses ends in a wait and another try, never in a queue that has stopped for good.
    const failure = { code: isStorageFull(error) ? "storage-full" : "device-failed", status: 0, retryAfterMs: null };
    return [failedEvent(parts, { ...failure, from: "server" }, fraction(platform.chance))];
  } finally {
    onFlight(null);
  }
}

async function makeMove(parts: MoveParts, partBytes: number): Promise<UploadEvent[]> {
  const { store, platform, tab, client, nowMs, onFlight } = parts;
  // Stopped while it waited for the lock: a store that was given up must not be opened again.
  if (parts.isStopped()) return [];
  const { row, nextMs } = await store.read((tx) => nextPhoto(tx, nowMs()));
  if (!row) return [{ type: "emptied", nextMs: nextMs ?? null }];
  const move = planMove(row, tab, partBytes);
  const full = await parts.pictures(row);
  if (!full) return [await passOver(parts, row, { state: "refused", code: "photo-lost", upload: null })];
  onFlight(row);
  const sentMs = platform.clock.monoMs();
  const reply = await client.make(move, row, full);
  // Signed out meanwhile: the next life of this page has another name and asks how far it has come.
  if (parts.isStopped()) return [];
  if (!reply.ok) return [await fail(parts, row, move, reply)];
  const tookMs = platform.clock.monoMs() - sentMs;
  await store.write((tx) => advance(tx, row.id, afterMove(row, reply.value, tab, nowMs())));
  if (isReceived(row, reply.value)) await parts.onSettled();
  const part = move.type === "part" ? { bytes: move.to - move.from, tookMs } : null;
  const moved: UploadEvent = { type: "moved", part, isProgress: isProgress(row, reply.value) };
  // Two tabs that took turns between asking and sending would ask each other's question for ever.
  return move.type === "find" ? [moved, ...(await makeMove(parts, partBytes))] : [moved];
}

async function fail(parts: MoveParts, row: PhotoRow, move: Move, reply: Failed): Promise<UploadEvent> {
  const { store, platform, nowMs } = parts;
  const { problem, retryAfterMs, from } = reply;
  const failure: Failure = { code: problem.code, status: problem.status, retryAfterMs, from };
  const verdict = judge(move, failure);
  const jitter = fraction(platform.chance);
  const isNowhere = move.type === "create" && failure.status === 404 && from === "server";
  // No waiting brings back an area: a person has to know, and a phone that is given up must not wait for it.
  if (isNowhere && (await store.read((tx) => isUnrecorded(tx, row.id))))
    return await passOver(parts, row, { state: "refused", code: UNRECORDED, upload: null });
  const change = afterFailure(row, verdict, failure.code, jitter, nowMs());
  if (verdict !== "wait" && verdict !== "sign-in") return await passOver(parts, row, change);
  await store.write((tx) => advance(tx, row.id, change));
  return failedEvent(parts, failure, jitter);
}

async function passOver(parts: MoveParts, row: PhotoRow, change: Partial<PhotoRow>): Promise<UploadEvent> {
  await parts.store.write((tx) => advance(tx, row.id, change));
  await parts.onSettled();
  return { type: "passed", jitter: fraction(parts.platform.chance), nowMs: parts.nowMs() };
}

function failedEvent({ nowMs }: QueueParts, failure: Failure, jitter: number): UploadEvent {
  return { type: "failed", failure, jitter, nowMs: nowMs() };
}

/** The bytes of a photo; null where they are gone, or are not those that were hashed. */
type Pictures = (row: PhotoRow) => Promise<ArrayBuffer | null>;

/** One picture in memory, from its first part to its last. */
function keepLast(store: DeviceStore): Pictures {
  let last: { readonly id: string; readonly full: ArrayBuffer } | null = null;
  return async ({ id, sha256: expected }) => {
    if (last?.id === id) return last.full;
    last = null;
    const full = await store.read((tx) => readFile(tx, id, "full"));
    if (!full || hexOf(await sha256(full)) !== expected) return null;
    last = { id, full };
    return full;
  };
}
