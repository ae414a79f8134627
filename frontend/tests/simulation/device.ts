/** The device that one page runs on: a clock that the simulation sets, chance from a seed, timers that it lets pass. */
import { createHash } from "node:crypto";
import type { Platform } from "../../src/platform/platform.ts";
import type { Agent } from "./agent.ts";
import type { Profile } from "./profile.ts";

/** What all pages of one phone share of time and chance. */
export class Times {
  trueMs: number;
  offsetMs = 0;
  readonly #bornMs: number;

  constructor(trueMs: number) {
    this.trueMs = trueMs;
    this.#bornMs = trueMs;
  }

  readonly clock = {
    wallMs: () => this.trueMs + this.offsetMs,
    monoMs: () => this.trueMs - this.#bornMs,
  };
}

/** Bytes from a seed, the same on every run. */
export class Seeded {
  #seed: string;
  #count = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  bytes(length: number): Uint8Array {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, () => this.#block());
    return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
  }

  /** From 0 up to, not including, `below`. */
  integer(below: number): number {
    return new DataView(this.bytes(4).buffer).getUint32(0) % below;
  }

  #block(): Buffer {
    this.#count += 1;
    return createHash("sha256").update(`${this.#seed}/${this.#count}`).digest();
  }
}

interface Timer {
  readonly dueMs: number;
  readonly act: () => void;
}

/** Timers of one page; they measure time that passes, whatever the wall clock shows. */
export class Timers {
  #waiting = new Set<Timer>();
  readonly #times: Times;

  constructor(times: Times) {
    this.#times = times;
  }

  after(delayMs: number, act: () => void): () => void {
    const timer = { dueMs: this.#times.trueMs + delayMs, act };
    this.#waiting.add(timer);
    return () => void this.#waiting.delete(timer);
  }

  /** Each once, the earliest first: a page that slept through a thousand ticks gets one. Whether there was any. */
  fireDue(): boolean {
    const due = [...this.#waiting].filter((timer) => timer.dueMs <= this.#times.trueMs);
    for (const timer of due.sort((a, b) => a.dueMs - b.dueMs)) {
      if (this.#waiting.delete(timer)) timer.act();
    }
    return due.length > 0;
  }
}

export interface DeviceParts {
  readonly profile: Profile;
  readonly agent: Agent;
  readonly times: Times;
  readonly timers: Timers;
  readonly chance: Seeded;
  readonly fetch: typeof fetch;
}

export function devicePlatform({ profile, agent, times, timers, chance, fetch }: DeviceParts): Platform {
  const never = () => () => undefined;
  return {
    clock: times.clock,
    chance,
    lock: profile.locks.request,
    page: {
      isVisible: () => true,
      isOnline: () => true,
      onOnline: never,
      onOffline: never,
      onVisible: never,
      after: (delayMs, act) => timers.after(delayMs, () => agent.run(act)),
      channel: (name, onMessage) => profile.channels.open(name, onMessage),
    },
    fetch,
  };
}
