/** Metres between points, and along a track: pure. */
import type { Position } from "./place.ts";

export type Place = Pick<Position, "lat_e6" | "lon_e6">;

/** Mean radius of the earth. */
const EARTH_M = 6_371_008;
const RADIANS_PER_E6 = Math.PI / 180 / 1_000_000;
/** Less than this is the trembling of a phone that stands still. */
const MOVE_M_MIN = 10;

/** On a sphere: wrong by half a percent at most. */
export function metresBetween(from: Place, to: Place): number {
  const [lat, lon] = [to.lat_e6 - from.lat_e6, to.lon_e6 - from.lon_e6].map((part) => part * RADIANS_PER_E6);
  const [a, b] = [from.lat_e6, to.lat_e6].map((part) => part * RADIANS_PER_E6) as [number, number];
  const half = Math.sin((lat ?? 0) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin((lon ?? 0) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** What has been gone so far, and from where the next metres count. */
export interface Gone {
  readonly metres: number;
  readonly from: Position | null;
}

export const NOWHERE: Gone = { metres: 0, from: null };

/** A step within what the device is unsure of is none yet; over a gap nobody knows what was gone. */
export function stepped({ metres, from }: Gone, to: Position, isAfterGap: boolean): Gone {
  if (from === null || isAfterGap) return { metres, from: to };
  const step = metresBetween(from, to);
  return step < Math.max(MOVE_M_MIN, to.accuracy_m) ? { metres, from } : { metres: metres + step, from: to };
}
