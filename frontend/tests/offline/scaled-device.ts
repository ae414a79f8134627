/** A device whose days pass at any pace: the app's clock, its timers and its time-outs keep one time, and no other. */
import type { Page } from "../../src/platform/page.ts";
import type { Platform } from "../../src/platform/platform.ts";

/** `fromMs` at `realFromMs`, and from there `rate` times as fast as the machine's clock; 0 stands still. */
export interface Course {
  readonly realFromMs: number;
  readonly fromMs: number;
  readonly rate: number;
}

interface Timer {
  readonly dueMs: number;
  readonly act: () => void;
  real: NodeJS.Timeout | null;
}

export class ScaledTime {
  #course: Course;
  readonly #bornMs: number;
  readonly #timers = new Set<Timer>();

  constructor(course: Course) {
    this.#course = course;
    this.#bornMs = course.fromMs;
  }

  get rate(): number {
    return this.#course.rate;
  }

  readonly nowMs = (): number => {
    const { realFromMs, fromMs, rate } = this.#course;
    return Math.floor(fromMs + (Date.now() - realFromMs) * rate);
  };

  readonly clock = { wallMs: this.nowMs, monoMs: () => this.nowMs() - this.#bornMs };

  /** From now on it runs so; timers that have come due meanwhile run once each, the earliest first. */
  follow(course: Course): void {
    this.#course = course;
    const waiting = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs);
    for (const timer of waiting) this.#arm(timer);
  }

  /** Stands still at this moment. */
  stand(fromMs: number): void {
    this.follow({ realFromMs: 0, fromMs, rate: 0 });
  }

  after(delayMs: number, act: () => void): () => void {
    const timer: Timer = { dueMs: this.nowMs() + delayMs, act, real: null };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => this.#drop(timer);
  }

  #arm(timer: Timer): void {
    if (timer.real) clearTimeout(timer.real);
    timer.real = null;
    const waitMs = Math.max(0, timer.dueMs - this.nowMs());
    if (this.rate === 0 && waitMs > 0) return;
    timer.real = setTimeout(() => this.#run(timer), this.rate === 0 ? 0 : waitMs / this.rate);
  }

  #run(timer: Timer): void {
    this.#drop(timer);
    timer.act();
  }

  #drop(timer: Timer): void {
    if (timer.real) clearTimeout(timer.real);
    this.#timers.delete(timer);
  }
}

/** One life of the page. When it is over nothing of it reaches anything any more, as after the death of its process. */
export class Life {
  readonly #time: ScaledTime;
  readonly #cancels = new Set<() => void>();
  readonly #online = new Set<() => void>();
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #dying = new AbortController();

  constructor(time: ScaledTime) {
    this.#time = time;
  }

  get isOver(): boolean {
    return this.#dying.signal.aborted;
  }

  platform(fetch: typeof globalThis.fetch, chance: Platform["chance"], isOnline: () => boolean): Platform {
    const page: Page = {
      isVisible: () => true,
      isOnline,
      onOnline: (act) => {
        this.#online.add(act);
        return () => this.#online.delete(act);
      },
      onOffline: () => () => undefined,
      onVisible: () => () => undefined,
      after: (delayMs, act) => this.#after(delayMs, act),
      channel: () => ({ send: () => undefined, close: () => undefined }),
    };
    return { clock: this.#time.clock, chance, lock: this.#lock, page, fetch: this.#mortal(fetch) };
  }

  /** The browser says that there is a network. */
  hearOnline(): void {
    for (const act of this.#online) act();
  }

  end(): void {
    this.#dying.abort();
    for (const cancel of this.#cancels) cancel();
  }

  #after(delayMs: number, act: () => void): () => void {
    if (this.isOver) return () => undefined;
    const cancel = this.#time.after(delayMs, () => {
      this.#cancels.delete(cancel);
      act();
    });
    this.#cancels.add(cancel);
    return cancel;
  }

  /** Its requests break off with it, and it never hears how they ended. */
  #mortal(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
    return async (input, init = {}) => {
      const signals = [init.signal, this.#dying.signal].filter((signal) => signal instanceof AbortSignal);
      try {
        const response = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
        return this.isOver ? await never() : response;
      } catch (error) {
        if (this.isOver) return await never();
        throw error;
      }
    };
  }

  /** Web Locks of this page alone: they are let go of when it dies. */
  readonly #lock: Platform["lock"] = (name, work) => {
    const before = this.#queues.get(name) ?? Promise.resolve();
    const result = before.then(work, work);
    this.#queues.set(
      name,
      result.catch(() => undefined),
    );
    return result;
  };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
