/** The end button held down for a second ends the patrol at once, for whoever cannot look at the phone. */
import type { Engine, ShownRecord } from "../engine/contract.ts";
import { endNow } from "./recording/ending.ts";

export const HOLD_MS = 1_000;
const SHAKE_MS = 80;

/** What lets go of it; a finger that slides off means something else. */
const LET_GO = ["pointerup", "pointercancel", "pointerleave"] as const;

/** `pressedMs`: on the clock of events; the code for it may have come a little later. */
export function hold(engine: Engine, patrol: ShownRecord, button: HTMLElement, pressedMs: number): void {
  const leftMs = Math.max(0, HOLD_MS - (performance.now() - pressedMs));
  button.classList.add("holding");
  const stop = () => {
    clearTimeout(timer);
    button.classList.remove("holding");
    for (const name of LET_GO) button.removeEventListener(name, stop);
  };
  const timer = setTimeout(() => {
    stop();
    // Whoever has gone on to another screen holds nothing any more.
    if (!button.isConnected) return;
    swallowClick(button);
    navigator.vibrate?.(SHAKE_MS);
    void endNow(engine, patrol);
  }, leftMs);
  for (const name of LET_GO) button.addEventListener(name, stop);
}

/** The click of the finger that lets go would open the results of a patrol that is being ended. */
function swallowClick(button: HTMLElement): void {
  const swallow = (click: Event) => {
    click.preventDefault();
    click.stopImmediatePropagation();
  };
  button.addEventListener("click", swallow, { capture: true, once: true });
}
