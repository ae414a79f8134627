/** One short message that outlives the navigation after a save, then goes with the next one. */
import { signal } from "@preact/signals";

export const flash = signal<string | null>(null);
let isFresh = false;

export function say(text: string): void {
  flash.value = text;
  isFresh = true;
}

export function ageFlash(): void {
  if (!isFresh) flash.value = null;
  isFresh = false;
}
