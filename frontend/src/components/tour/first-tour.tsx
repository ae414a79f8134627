/** The tour on the first screen, until this person has seen it on this phone: beside the start button, never before it. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../engine-context.ts";
import { TourCards } from "./cards.tsx";

const TOUR = "tour";

export function FirstTour() {
  const engine = useEngine();
  const [isDue, setDue] = useState(false);
  useEffect(() => {
    const look = async () => setDue(!(await engine.hasSeen(TOUR)));
    // What cannot be asked about is not shown: it must never come twice.
    look().catch(() => undefined);
  }, [engine]);
  if (!isDue) return null;
  const end = () => {
    setDue(false);
    document.querySelector("h1")?.focus();
    engine.keepSeen(TOUR).catch(() => undefined);
  };
  return <TourCards onEnd={end} />;
}
