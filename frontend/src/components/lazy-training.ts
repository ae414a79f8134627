/** What tells that a training was cut off, fetched after the first screen is there. */
import { lazy } from "./lazy.tsx";

export const CutOff = lazy(async () => (await import("./training/cut-off.tsx")).CutOff, true);
