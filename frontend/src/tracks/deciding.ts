/**
 * Which positions of a patrol are kept, and why there is none in between. Pure: every event brings its time.
 *
 * A gap has the cause that began it. It ends with the next position that is kept, and nothing is drawn over it.
 */

import { metresBetween } from "./distance.ts";
import type { Position } from "./place.ts";

/** Words of `gap_cause` in `sync/kinds.json`; `closed`: the page was killed or closed. */
export type Cause = "closed" | "hidden" | "no_fix" | "screen_off";

export interface Fix extends Position {
  readonly atMs: number;
}

/** `cause`: of the gap before it, if there is one. */
export interface Kept extends Fix {
  readonly cause: Cause | null;
}

export const ACCURACY_M_MAX = 50;
export const KEEP_M = 10;
export const KEEP_MS = 15_000;
/** Two positions further apart in time have a gap between them. */
export const GAP_MS = 30_000;

/** Metres a second that nobody goes faster than. */
const SPEEDS: Readonly<Record<string, number>> = { foot: 5, bicycle: 14, boat: 20, motorbike: 35, car: 45 };
const SPEED_MAX = 45;

/** Of several, the fastest; of none, anything that drives. */
export function speedMax(transport: readonly string[]): number {
  const known = transport.flatMap((word) => SPEEDS[word] ?? []);
  return known.length > 0 ? Math.max(...known) : SPEED_MAX;
}

export interface Track {
  /** The last one that was kept; of another page of a locked phone, only its time can be read. */
  readonly last: Fix | null;
  readonly lastMs: number | null;
  /** Of the gap that has begun, should it become one. */
  readonly cause: Cause | null;
  readonly isHidden: boolean;
  readonly tickMs: number | null;
}

export type TrackEvent =
  | { readonly what: "fix"; readonly fix: Fix; readonly speedMax: number }
  | { readonly what: "hidden" | "shown" | "tick"; readonly atMs: number };

/** `lastMs`: of what an earlier page has kept of this patrol. */
export function begun(lastMs: number | null): Track {
  return { last: null, lastMs, cause: lastMs === null ? null : "closed", isHidden: false, tickMs: null };
}

export interface Decision {
  readonly track: Track;
  readonly kept: Kept | null;
}

export function decide(track: Track, event: TrackEvent): Decision {
  if (event.what === "fix") return onFix(ticked(track, event.fix.atMs), event.fix, event.speedMax);
  const { atMs } = event;
  if (event.what === "tick") return { track: ticked(track, atMs), kept: null };
  const isHidden = event.what === "hidden";
  const cause = isHidden ? (track.cause ?? "hidden") : track.cause;
  // What passed while it was hidden is explained by that.
  return { track: { ...track, isHidden, cause, tickMs: atMs }, kept: null };
}

/** A page that is in front and was not run for so long was asleep, with the screen off. */
function ticked(track: Track, atMs: number): Track {
  const { tickMs, isHidden } = track;
  const slept = !isHidden && tickMs !== null && atMs - tickMs > GAP_MS;
  return { ...track, tickMs: atMs, cause: track.cause ?? (slept ? "screen_off" : null) };
}

function onFix(track: Track, fix: Fix, fastest: number): Decision {
  if (!isWanted(track, fix, fastest)) return { track, kept: null };
  const { lastMs, isHidden } = track;
  const isGap = lastMs !== null && (track.cause === "closed" || fix.atMs - lastMs > GAP_MS);
  const cause = isGap ? (track.cause ?? "no_fix") : null;
  return {
    track: { ...track, last: fix, lastMs: fix.atMs, cause: isHidden ? "hidden" : null },
    kept: { ...fix, cause },
  };
}

function isWanted({ last, lastMs, cause }: Track, fix: Fix, fastest: number): boolean {
  // Backwards in time there is no track; a clock that was set back catches up.
  if (fix.accuracy_m > ACCURACY_M_MAX || (lastMs !== null && fix.atMs <= lastMs)) return false;
  if (last === null) return true;
  const [metres, ms] = [metresBetween(last, fix), fix.atMs - last.atMs];
  if (isOutlier(metres - last.accuracy_m - fix.accuracy_m, ms, fastest)) return false;
  return cause === "closed" || metres >= KEEP_M || ms >= KEEP_MS;
}

/** The longer ago the last one is, the further the next may be: no wrong one keeps all others out for ever. */
const isOutlier = (metres: number, ms: number, fastest: number): boolean => metres > (fastest * ms) / 1000;
