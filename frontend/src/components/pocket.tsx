/** A dark screen that stays on and takes no touch but one long pull: for a phone in a pocket, or in the rain. */
import { useEffect, useRef, useState } from "preact/hooks";
import { formatElapsed } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { keepAwake } from "../platform/wake-lock.ts";
import { useEngine } from "./engine-context.ts";
import { useNow } from "./use-now.ts";

const PULLED = 100;
/** A touch somewhere on the way is no pull. */
const JUMP_MAX = 25;

function Dark({ startedMs, close }: { startedMs: number; close: () => void }) {
  const box = useRef<HTMLDialogElement>(null);
  const reached = useRef(0);
  const nowMs = useNow(useEngine());
  useEffect(() => {
    box.current?.showModal();
    return keepAwake();
  }, []);
  return (
    <dialog class="pocket" ref={box} onClose={close} aria-label={pgettext("ui.pocket", "Pocket mode")}>
      <p class="clock-face" role="timer">
        {formatElapsed(nowMs - startedMs)}
      </p>
      <label>
        <span>{pgettext("pocket.pull", "Pull to the right end to open")}</span>
        <input
          type="range"
          min={0}
          max={PULLED}
          defaultValue="0"
          onInput={(event) => {
            const value = Number(event.currentTarget.value);
            if (value - reached.current > JUMP_MAX) event.currentTarget.value = String(reached.current);
            else if (value === PULLED) close();
            else reached.current = value;
          }}
          onChange={(event) => {
            // Let go half-way, it goes back.
            reached.current = 0;
            event.currentTarget.value = "0";
          }}
        />
      </label>
    </dialog>
  );
}

export function Pocket({ startedMs }: { startedMs: number }) {
  const [isDark, setDark] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setDark(true)}>
        {pgettext("ui.pocket", "Pocket mode")}
      </button>
      {isDark && <Dark startedMs={startedMs} close={() => setDark(false)} />}
    </>
  );
}
