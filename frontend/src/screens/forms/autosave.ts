/** A form's draft on disk: soon after every change, at once when the page may go, never again once it is saved. */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import type { Drafts, Engine } from "../../engine/contract.ts";
import type { Opening } from "./opening.ts";
import { readTyped, type Typed } from "./typed.ts";

/** With the time of a write this keeps a keystroke within 300 ms (`interface.md` rule 11). */
const AFTER_MS = 150;

export interface Autosave {
  /** The form stands as somebody opened it. */
  opened(): void;
  /** Something may have been changed. */
  touch(): void;
  /** Resolves when everything is on disk, entered or not: something is to hang on this form. Rejects when it is not. */
  flush(): Promise<void>;
  /** The page may be killed in a moment. */
  hide(): void;
  /** Resolves when nothing more is written; `false` goes on. */
  rest(isAtRest: boolean): Promise<void>;
  /** The form is left: what was entered stays. */
  leave(): void;
}

interface Parts {
  readonly engine: Pick<Engine, "drafts">;
  readonly opening: Pick<Opening, "form" | "kind" | "record" | "opened">;
  /** Null once the form is gone. */
  readonly read: () => Typed | null;
  readonly onTrouble: (error: unknown) => void;
}

export function startAutosave({ engine, opening, read, onTrouble }: Parts): Autosave {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let written: Promise<void> = Promise.resolve();
  // What stands there as it was opened or last written: a tap that changes nothing makes no draft.
  let known = "";
  let isKept = false;
  let isAtRest = false;
  const { form, kind, record, opened } = opening;
  const put = async (drafts: Promise<Drafts>, typed: Typed, isLast: boolean) => {
    await (await drafts).keep({ form, kind, record, opened, typed }, isLast);
  };
  const write = (isForced = false, isLast = false): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const typed = isAtRest ? null : read();
    const text = JSON.stringify(typed);
    if (typed === null || !(isForced || text !== known || (isLast && isKept))) return written;
    known = text;
    isKept = true;
    // One after the other: an older text must not come after a newer one.
    const attempt = written.then(() => put(engine.drafts(), typed, isLast));
    written = attempt.catch((error: unknown) => {
      // What is not on disk is written with the next change, or when the form is left.
      known = "";
      onTrouble(error);
    });
    return isForced ? attempt : written;
  };
  return {
    opened: () => {
      known = JSON.stringify(read());
    },
    touch: () => {
      timer ??= setTimeout(() => void write(), AFTER_MS);
    },
    flush: () => write(true),
    hide: () => void write(),
    rest: async (rests) => {
      isAtRest = rests;
      clearTimeout(timer);
      timer = undefined;
      if (!rests) timer = setTimeout(() => void write(), AFTER_MS);
      await written;
    },
    leave: () => void write(false, true),
  };
}

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
    autosave.opened();
    document.addEventListener("visibilitychange", autosave.hide);
    addEventListener("pagehide", autosave.hide);
    return () => {
      document.removeEventListener("visibilitychange", autosave.hide);
      removeEventListener("pagehide", autosave.hide);
      autosave.leave();
    };
  }, [autosave]);
  return autosave;
}
