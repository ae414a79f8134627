/** One short message that outlives the navigation after a save, then goes with the next one. */
import { signal } from "@preact/signals";

/** How long what was just saved can be taken back with one tap (`interface.md` rule 12). */
const UNDO_MS = 10_000;

export interface Flash {
  readonly text: string;
  /** Takes back what the message says. */
  readonly undo: (() => Promise<void>) | null;
}

export const flash = signal<Flash | null>(null);
let isFresh = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** `isBeforeMove`: the app is about to go to another screen, where the message is to be read. */
export function say(text: string, isBeforeMove: boolean, undo: Flash["undo"] = null): void {
  clearTimeout(timer);
  const said = { text, undo };
  flash.value = said;
  isFresh = isBeforeMove;
  if (undo) timer = setTimeout(() => flash.value === said && say(text, isFresh), UNDO_MS);
}

export function ageFlash(): void {
  if (!isFresh) flash.value = null;
  isFresh = false;
}
