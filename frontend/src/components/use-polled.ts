/** An answer of the server that is asked for again while the screen is in sight; unchanged answers cost a 304. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../engine/contract.ts";
import { useEngine } from "./engine-context.ts";

export interface Polled<T> {
  readonly body: T | null;
  readonly problem: Problem | null;
  /** When the server last confirmed what is shown. */
  readonly confirmedMs: number | null;
}

const NOTHING = { body: null, problem: null, confirmedMs: null };
export const POLL_EVERY_MS = 10_000;

export function usePolled<T>(path: string | null): Polled<T> {
  const engine = useEngine();
  const [shown, setShown] = useState<Polled<T>>(NOTHING);
  const etag = useRef<string | null>(null);
  useEffect(() => {
    let current = true;
    etag.current = null;
    setShown(NOTHING);
    const ask = async () => {
      if (path === null || document.visibilityState !== "visible") return;
      const outcome = await engine.get<T>(path, etag.current);
      if (!current) return;
      if (!outcome.ok) setShown((before) => ({ ...before, problem: outcome.problem }));
      else {
        const { unchanged, body } = outcome.value;
        etag.current = outcome.value.etag;
        setShown((before) => ({ body: unchanged ? before.body : body, problem: null, confirmedMs: engine.nowMs() }));
      }
    };
    ask();
    const timer = setInterval(ask, POLL_EVERY_MS);
    document.addEventListener("visibilitychange", ask);
    return () => {
      current = false;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", ask);
    };
  }, [engine, path]);
  return shown;
}
