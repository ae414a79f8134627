/** One piece of work at a time: a second tap while the first is on its way does nothing. */
import { useRef, useState } from "preact/hooks";

export function useBusy(): readonly [boolean, (work: () => Promise<void>) => Promise<void>] {
  const [isBusy, setBusy] = useState(false);
  // Two taps may come before the screen is drawn again.
  const isHeld = useRef(false);
  const run = async (work: () => Promise<void>) => {
    if (isHeld.current) return;
    isHeld.current = true;
    setBusy(true);
    try {
      await work();
    } finally {
      isHeld.current = false;
      setBusy(false);
    }
  };
  return [isBusy, run];
}
