/** Locks an app that nobody has touched for a while; a phone that slept meanwhile is locked as it wakes. */
import type { Engine } from "../../engine/contract.ts";

const IDLE_MS_MAX = 300_000;
const LOOK_MS = 15_000;
const TOUCHES = ["pointerdown", "keydown", "input"] as const;

export function startAutoLock(engine: Engine, idleMsMax = IDLE_MS_MAX): () => void {
  let touchedMs = engine.nowMs();
  const touch = () => {
    touchedMs = engine.nowMs();
  };
  const look = () => {
    // A clock that was set back does not keep it open.
    if (Math.abs(engine.nowMs() - touchedMs) < idleMsMax) return;
    touch();
    engine.locking().then(
      (locking) => locking.lock(),
      () => undefined,
    );
  };
  const timer = setInterval(look, LOOK_MS);
  for (const name of TOUCHES) document.addEventListener(name, touch, { capture: true, passive: true });
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    for (const name of TOUCHES) document.removeEventListener(name, touch, { capture: true });
    document.removeEventListener("visibilitychange", look);
  };
}
