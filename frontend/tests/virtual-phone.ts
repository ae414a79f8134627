/** A phone whose clock runs only when somebody waits: days of retries pass in a moment. */
import type { Chance } from "../src/platform/chance.ts";
import { queueInTab } from "../src/platform/locks.ts";
import type { Page } from "../src/platform/page.ts";
import type { Platform } from "../src/platform/platform.ts";

export interface VirtualClock {
  nowMs(): number;
  /** Something took so long: a request, a walk. Timers do not run meanwhile. */
  pass(ms: number): void;
  /** To the next timer, which runs; false when there is none before `untilMs`. */
  jump(untilMs: number): boolean;
  after(delayMs: number, act: () => void): () => void;
}

interface Timer {
  readonly dueMs: number;
  readonly act: () => void;
}

export function virtualClock(startMs: number): VirtualClock {
  let now = startMs;
  const timers = new Set<Timer>();
  return {
    nowMs: () => now,
    pass: (ms) => {
      now += ms;
    },
    jump: (untilMs) => {
      const [next] = [...timers].sort((a, b) => a.dueMs - b.dueMs);
      if (!next || next.dueMs > untilMs) return false;
      now = Math.max(now, next.dueMs);
      timers.delete(next);
      next.act();
      return true;
    },
    after: (delayMs, act) => {
      const timer = { dueMs: now + delayMs, act };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
}

/** The same numbers for the same seed, from 0 up to, not including, 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function chanceOf(random: () => number): Chance {
  return { bytes: (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256)) };
}

interface VirtualParts {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly fetch: typeof globalThis.fetch;
  readonly isVisible?: () => boolean;
}

export function virtualPlatform({ clock, random, fetch, isVisible = () => true }: VirtualParts): Platform {
  const nothing = () => () => undefined;
  const page: Page = {
    isVisible,
    isOnline: () => true,
    onOnline: nothing,
    onOffline: nothing,
    onVisible: nothing,
    after: (delayMs, act) => clock.after(delayMs, act),
    channel: () => ({ send: () => undefined, close: () => undefined }),
  };
  const wall = { wallMs: () => clock.nowMs(), monoMs: () => clock.nowMs() };
  return { clock: wall, chance: chanceOf(random), lock: queueInTab, page, fetch };
}
