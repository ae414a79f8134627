/** On the first screen: whoever opens the map in the field may never have opened it where there was a network. */
import { useBoundaries } from "./use-boundaries.ts";

export function KeepBoundaries() {
  useBoundaries();
  return null;
}
