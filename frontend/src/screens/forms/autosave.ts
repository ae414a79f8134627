/** A form's draft on disk: soon after every change, at once when the page may go, never again once it is saved. */
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import type { Engine } from "../../engine/contract.ts";
import type { Opening } from "./opening.ts";
import { readTyped, type Typed } from "./typed.ts";

/** With the time of a write this keeps a keystroke within 300 ms (`interface.md` rule 11). */
const AFTER_MS = 150;
/** A write that failed, on a full disk for one, is tried again though nobody types. */
const AGAIN_MS = 2_000;

export interface Autosave {
  /** The form stands as somebody opened it: a tap that changes nothing makes no draft. */
  opened(): void;
  /** Something may have been changed. */
  touch(): void;
  /** Resolves when everything is on disk, entered or not: something is to hang on this form. Rejects when it is not. */
  flush(): Promise<void>;
  /** The page may be killed in a moment. */
  hide(): void;
  /** Resolves when what was entered is on disk and nothing more is written; `false` goes on. */
  rest(isAtRest: boolean): Promise<void>;
  /** The form is left, while it still stands: what was entered stays. */
  leave(): void;
}

interface Parts {
  readonly engine: Pick<Engine, "drafts">;
  readonly opening: Pick<Opening, "form" | "kind" | "record" | "opened" | "draft">;
  /** Null once the form is gone. */
  readonly read: () => Typed | null;
  /** Null when a write has gone well. */
  readonly onTrouble: (error: unknown) => void;
}

const isSettled = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === "draft-settled";

/** One write at a time, of the form as it stands when the write begins: a slow disk writes less often, never later. */
class Writer implements Autosave {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flight: Promise<void> = Promise.resolve();
  #isFlying = false;
  #isDue = false;
  #isAtRest = false;
  /** What is on disk, or stood there as the form was opened. */
  #known: string | null = null;
  #isKept: boolean;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#isKept = parts.opening.draft !== null;
  }

  opened(): void {
    this.#known = JSON.stringify(this.#parts.read());
  }

  touch(): void {
    this.#timer ??= setTimeout(() => this.hide(), AFTER_MS);
  }

  hide(): void {
    this.#write(false).catch(() => undefined);
  }

  async flush(): Promise<void> {
    await this.#flight.catch(() => undefined);
    await this.#write(true);
  }

  async rest(isAtRest: boolean): Promise<void> {
    if (!isAtRest) {
      this.#isAtRest = false;
      return this.touch();
    }
    if (this.#timer !== undefined) this.hide();
    this.#isAtRest = true;
    await this.#flight.catch(() => undefined);
  }

  leave(): void {
    this.#clear();
    const typed = this.#isAtRest ? null : this.#parts.read();
    const isChanged = typed !== null && JSON.stringify(typed) !== this.#known;
    this.#isAtRest = true;
    if (typed === null || !(isChanged || this.#isKept)) return;
    const last = this.#flight.catch(() => undefined).then(() => this.#put(typed, true));
    last.catch(() => undefined);
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #write(isForced: boolean): Promise<void> {
    this.#clear();
    if (this.#isFlying) {
      this.#isDue = true;
      return await this.#flight;
    }
    const typed = this.#isAtRest ? null : this.#parts.read();
    if (typed === null || !(isForced || JSON.stringify(typed) !== this.#known)) return;
    this.#isFlying = true;
    this.#isDue = false;
    this.#flight = this.#put(typed, false);
    try {
      await this.#flight;
      this.#parts.onTrouble(null);
    } catch (error) {
      this.#parts.onTrouble(error);
      // Saved or thrown away elsewhere: this tab must not bring it back.
      if (isSettled(error)) this.#isAtRest = true;
      else this.#timer ??= setTimeout(() => this.hide(), AGAIN_MS);
      throw error;
    } finally {
      this.#isFlying = false;
      if (this.#isDue) this.touch();
    }
  }

  async #put(typed: Typed, isLast: boolean): Promise<void> {
    const { form, kind, record, opened } = this.#parts.opening;
    const drafts = await this.#parts.engine.drafts();
    await drafts.keep({ form, kind, record, opened, typed }, { isKnown: this.#isKept, isLast });
    this.#known = JSON.stringify(typed);
    this.#isKept = true;
  }
}

export const startAutosave = (parts: Parts): Autosave => new Writer(parts);

/** Follows a form for as long as it is open. */
export function useAutosave(
  box: RefObject<HTMLFormElement | null>,
  opening: Opening,
  onTrouble: (error: unknown) => void,
): Autosave {
  const engine = useEngine();
  const read = () => box.current && readTyped(box.current);
  const [autosave] = useState(() => startAutosave({ engine, opening, read, onTrouble }));
  useEffect(() => {
    const hide = () => autosave.hide();
    document.addEventListener("visibilitychange", hide);
    addEventListener("pagehide", hide);
    return () => {
      document.removeEventListener("visibilitychange", hide);
      removeEventListener("pagehide", hide);
    };
  }, [autosave]);
  // Before the elements go: a passive effect would end after that, and find nothing to read.
  useLayoutEffect(() => () => autosave.leave(), [autosave]);
  return autosave;
}
