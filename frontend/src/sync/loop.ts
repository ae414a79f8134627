/** The shell around the state machine: timers, the network, the screen, one sender at a time across tabs (P21). */
import { fraction } from "../platform/chance.ts";
import { isStorageFull } from "../store/connection.ts";
import { type News, type RoundParts, type RoundResult, runRound } from "./round.ts";
import { type Cause, type Failure, INITIAL, type SyncEvent, type SyncState, step } from "./state.ts";

const TICK_MS = 60_000;

export interface LoopParts extends RoundParts {
  /** Corrected by what the server said last. */
  readonly nowMs: () => number;
  readonly onState: (state: SyncState) => void;
  /** After an answer has been stored. */
  readonly onAnswer: (news: News) => Promise<void>;
}

export interface Loop {
  ask(cause: Cause): void;
  signedIn(): void;
  stop(): void;
}

export function startLoop(parts: LoopParts): Loop {
  const { page } = parts.platform;
  let state = INITIAL;
  let isRunning = false;
  let isStopped = false;
  let cancelDue: () => void = () => undefined;

  const dispatch = (event: SyncEvent) => {
    if (isStopped) return;
    state = step(state, event);
    parts.onState(state);
    cancelDue();
    if (state.phase === "waiting-to-retry" && state.nextTryMs !== null) {
      const dueMs = state.nextTryMs;
      // The timer has measured the wait; a wall clock that was set back must not prolong it.
      cancelDue = page.after(Math.max(0, dueMs - parts.nowMs()), () => dispatch({ type: "due", nowMs: dueMs }));
    }
    void run();
  };
  const run = async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      while (!isStopped && state.phase === "sending")
        dispatch(await roundEvent(parts, state.batchMax, () => isStopped));
    } finally {
      isRunning = false;
    }
  };
  const ask = (cause: Cause) => dispatch({ type: "asked", cause, nowMs: parts.nowMs() });
  const cancels = [
    page.onOnline(() => ask("online")),
    page.onOffline(() => dispatch({ type: "offline", nowMs: parts.nowMs() })),
    page.onVisible(() => ask("visible")),
    everyTick(parts, () => ask("timer")),
  ];
  if (!page.isOnline()) dispatch({ type: "offline", nowMs: parts.nowMs() });
  return {
    ask,
    signedIn: () => dispatch({ type: "signed-in", nowMs: parts.nowMs() }),
    stop: () => {
      isStopped = true;
      cancelDue();
      for (const cancel of cancels) cancel();
    },
  };
}

function everyTick({ platform }: LoopParts, act: () => void): () => void {
  let cancel: () => void = () => undefined;
  const wait = () => {
    cancel = platform.page.after(TICK_MS, () => {
      if (platform.page.isVisible()) act();
      wait();
    });
  };
  wait();
  return () => cancel();
}

/** One request at a time over all tabs, of operations or of photos (P21). */
export const syncLock = (device: string): string => `diaban-sync-${device}`;

const failureOf = (code: string): Failure => ({ code, status: 0, retryAfterMs: null, from: "server" });
const STOPPED: RoundResult = { ok: false, failure: failureOf("device-failed") };

/** One round under the lock of this device, as the event that it comes to. */
async function roundEvent(parts: LoopParts, batchMax: number, isStopped: () => boolean): Promise<SyncEvent> {
  const { platform, store } = parts;
  const round = async (): Promise<RoundResult> => {
    const found = await platform.lock(syncLock(store.owner.device), async () =>
      isStopped() ? STOPPED : await runRound(parts, batchMax),
    );
    // Whoever has left since is told nothing, and asked for nothing.
    if (found.ok && !isStopped()) await parts.onAnswer(found.news);
    return found;
  };
  // Whatever the store refuses ends in a wait and another try, never in a loop that has stopped for good.
  const result = await round().catch((error: unknown): RoundResult => ({ ok: false, failure: ownFailure(error) }));
  if (result.ok) {
    return { type: "answered", more: result.more, nowMs: parts.nowMs() };
  }
  return { type: "failed", failure: result.failure, jitter: fraction(platform.chance), nowMs: parts.nowMs() };
}

/** The store could not take the answer in: nothing of it counts, and it is asked for again. */
function ownFailure(error: unknown): Failure {
  return failureOf(isStorageFull(error) ? "storage-full" : "device-failed");
}
