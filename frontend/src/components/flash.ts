/** One short message that outlives the navigation after a save, then goes with the next one. */
import { signal } from "@preact/signals";

export const flash = signal<string | null>(null);
let isFresh = false;

/** `isBeforeMove`: the app is about to go to another screen, where the message is to be read. */
export function say(text: string, isBeforeMove: boolean): void {
  flash.value = text;
  isFresh = isBeforeMove;
}

export function ageFlash(): void {
  if (!isFresh) flash.value = null;
  isFresh = false;
}
