/** The time, once a second, for what counts down or up. */
import { useEffect, useState } from "preact/hooks";
import type { Engine } from "../engine/contract.ts";

const TICK_MS = 1000;

export function useNow(engine: Engine): number {
  const [nowMs, setNowMs] = useState(engine.nowMs());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(engine.nowMs()), TICK_MS);
    return () => clearInterval(timer);
  }, [engine]);
  return nowMs;
}
