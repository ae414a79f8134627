/**
 * A track as records: segments of at most five minutes, in columns of differences. Pure.
 *
 * A segment begins with the last point of the one before, or, after a gap that leads out of that one, with the first
 * point behind the gap. A gap belongs to the segment that it begins in. Segments that share no point are never joined.
 */

import { canonical } from "../sync/core/canonical.ts";
import type { Value } from "../sync/core/value.ts";
import { type Cause, GAP_MS } from "./deciding.ts";
import { type Gone, NOWHERE, stepped } from "./distance.ts";
import type { Position } from "./place.ts";

/** A point as it stands on the disk until its segment is full. */
export interface Point extends Position {
  readonly at_ms: number;
  /** Of the gap before it. */
  readonly cause?: Cause;
}

/** A type, not an interface: it is a value of a record. */
export type Gap = { readonly from_s: number; readonly to_s: number; readonly cause: string };

export type Segment = {
  readonly started_at: number;
  /** The first counts from `started_at`, each other from the one before. */
  readonly t_s: readonly number[];
  /** The first is whole, each other the difference from the one before. */
  readonly lat_e6: readonly number[];
  readonly lon_e6: readonly number[];
  readonly accuracy_m: readonly number[];
  readonly gaps: readonly Gap[];
};

export const SEGMENT_MS_MAX = 300_000;
export const POINTS_MAX = 300;
export const GAPS_MAX = 60;
const GAP_S_MAX = 86_400;

export interface Cut {
  readonly segment: Segment;
  /** So many points, from the first, are needed no longer. */
  readonly taken: number;
}

/** Where a track ends: what lies between its last point and this is a gap, too. */
export interface TrackEnd {
  readonly atMs: number;
  readonly cause: Cause;
}

/** The next segment, or null where it is not full yet; with an end, also the one that is not full. */
export function nextSegment(points: readonly Point[], end: TrackEnd | null): Cut | null {
  const [first] = points;
  if (!first) return null;
  const gaps: Gap[] = [];
  for (const [at, point] of points.entries()) {
    if (at === 0) continue;
    const before = points[at - 1] ?? first;
    if (point.cause) gaps.push(gapOf(first, before.at_ms, point.at_ms, point.cause));
    const isFull = point.at_ms - first.at_ms > SEGMENT_MS_MAX || at >= POINTS_MAX || gaps.length >= GAPS_MAX;
    if (!isFull) continue;
    return { segment: segmentOf(points.slice(0, at), gaps), taken: point.cause ? at : Math.max(1, at - 1) };
  }
  if (end === null) return null;
  const last = points.at(-1) ?? first;
  if (end.atMs - last.at_ms > GAP_MS) gaps.push(gapOf(first, last.at_ms, end.atMs, end.cause));
  return { segment: segmentOf(points, gaps), taken: points.length };
}

const secondsIn = (first: Point, ms: number): number => Math.floor((ms - first.at_ms) / 1000);

function gapOf(first: Point, fromMs: number, toMs: number, cause: Cause): Gap {
  return { from_s: secondsIn(first, fromMs), to_s: Math.min(GAP_S_MAX, secondsIn(first, toMs)), cause };
}

function segmentOf(points: readonly Point[], gaps: readonly Gap[]): Segment {
  const first = points[0] as Point;
  return {
    started_at: first.at_ms,
    t_s: differences(points.map(({ at_ms }) => secondsIn(first, at_ms))),
    lat_e6: differences(points.map(({ lat_e6 }) => lat_e6)),
    lon_e6: differences(points.map(({ lon_e6 }) => lon_e6)),
    accuracy_m: differences(points.map(({ accuracy_m }) => accuracy_m)),
    gaps,
  };
}

const differences = (values: readonly number[]): number[] => values.map((value, at) => value - (values[at - 1] ?? 0));

function sums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => {
    sum += value;
    return sum;
  });
}

/** Several points may share a second: the first of them ends the gap, or each where the gap is within that second. */
function endsAt({ from_s, to_s }: Gap, times: readonly number[], at: number): boolean {
  return times[at] === to_s && (from_s === to_s || times[at - 1] !== to_s);
}

/** The points of a segment again, to the second; `isAfterGap`: nobody knows how one came there. */
export function pointsOf(
  segment: Segment,
): readonly (Position & { readonly atS: number; readonly isAfterGap: boolean })[] {
  const [t, lat, lon, accuracy] = [segment.t_s, segment.lat_e6, segment.lon_e6, segment.accuracy_m].map(sums);
  const times = t ?? [];
  return times.map((atS, at) => ({
    atS,
    lat_e6: lat?.[at] ?? 0,
    lon_e6: lon?.[at] ?? 0,
    accuracy_m: accuracy?.[at] ?? 0,
    isAfterGap: segment.gaps.some((gap) => endsAt(gap, times, at)),
  }));
}

/** What was gone in a segment; gaps have no length. */
export function metresOf(segment: Segment): number {
  const step = (gone: Gone, point: Position & { isAfterGap: boolean }) => stepped(gone, point, point.isAfterGap);
  return pointsOf(segment).reduce(step, NOWHERE).metres;
}

export const gapSecondsOf = ({ gaps }: Segment): number => gaps.reduce((sum, gap) => sum + gap.to_s - gap.from_s, 0);

/** What the checksum of a segment is of: its canonical text (P14), its patrol and number among it. */
export function checkedText(segment: Segment, parent: string, k: number): string {
  return canonical({ ...segment, parent, k } as unknown as Value) ?? "";
}

/** A record's fields as a segment; null where they are none. */
export function segmentIn(fields: Readonly<Record<string, unknown>>): Segment | null {
  const { started_at, t_s, lat_e6, lon_e6, accuracy_m, gaps } = fields;
  const columns = [t_s, lat_e6, lon_e6, accuracy_m];
  const isWhole = columns.every((column) => Array.isArray(column) && column.length === (t_s as unknown[]).length);
  if (typeof started_at !== "number" || !isWhole) return null;
  return { started_at, t_s, lat_e6, lon_e6, accuracy_m, gaps: Array.isArray(gaps) ? gaps : [] } as unknown as Segment;
}
