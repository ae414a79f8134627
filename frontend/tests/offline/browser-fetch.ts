/** A browser's part of a request: the address of the app, cookies for as long as they last, and time-outs in its own time. */
import type { ScaledTime } from "./scaled-device.ts";

/** The app's own (`sync/client.ts`), which counts the machine's seconds. */
const TIMEOUT_MS = 90_000;

interface Cookie {
  readonly value: string;
  readonly endsMs: number;
}

export class BrowserFetch {
  /** Null where there is no network. */
  url: string | null = null;
  readonly #time: ScaledTime;
  readonly #cookies = new Map<string, Cookie>();

  constructor(time: ScaledTime) {
    this.#time = time;
  }

  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    if (this.url === null) throw new TypeError("failed to fetch");
    const headers = new Headers(init.headers);
    headers.set("Cookie", this.#sent());
    const signals = [init.signal, AbortSignal.timeout(TIMEOUT_MS / this.#time.rate)];
    const signal = AbortSignal.any(signals.filter((each) => each instanceof AbortSignal));
    const response = await fetch(new URL(String(input), this.url), { ...init, headers, signal });
    for (const text of response.headers.getSetCookie()) this.#keep(text);
    return response;
  };

  #sent(): string {
    const alive = [...this.#cookies].filter(([, { endsMs }]) => endsMs > this.#time.nowMs());
    return alive.map(([name, { value }]) => `${name}=${value}`).join("; ");
  }

  #keep(text: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
    const ageS = Number(/;\s*max-age=(\d+)/i.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
    this.#cookies.set(name, { value, endsMs: this.#time.nowMs() + ageS * 1_000 });
  }
}
