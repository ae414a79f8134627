/** Segments of patrol tracks as lines: what was not recorded is not drawn, and never joined by a straight line. */
import type { ShownRecord, Value } from "../../engine/contract.ts";
import { isInteger, isObject } from "../../sync/core/value.ts";

/** Latitude and longitude in degrees. */
export type Position = readonly [latDeg: number, lonDeg: number];

interface Fix {
  readonly atMs: number;
  readonly position: Position;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A phone that stands still keeps a point every 15 s: after a minute without any it had no position. */
const STEP_MS_MAX = 60_000;
const MICRODEGREES = 1_000_000;
const SECOND_MS = 1000;

/** One line for every stretch without a gap; a lone point is a line of one. Segments may come in any order, or twice. */
export function trackLines(segments: readonly ShownRecord[]): readonly (readonly Position[])[] {
  const patrols = new Map<string, ShownRecord[]>();
  for (const segment of segments.filter(({ kind }) => kind === "track")) {
    const parent = String(segment.fields.parent ?? segment.id);
    patrols.set(parent, [...(patrols.get(parent) ?? []), segment]);
  }
  return [...patrols.values()].flatMap(linesOf);
}

function linesOf(segments: readonly ShownRecord[]): readonly (readonly Position[])[] {
  const gaps = segments.flatMap(gapsOf);
  const fixes = segments.flatMap(fixesOf).sort((left, right) => left.atMs - right.atMs);
  const lines: Position[][] = [];
  fixes.forEach((fix, index) => {
    const before = fixes[index - 1];
    if (before && isJoined(before, fix, gaps)) lines.at(-1)?.push(fix.position);
    else lines.push([fix.position]);
  });
  return lines;
}

function isJoined(from: Fix, to: Fix, gaps: readonly Span[]): boolean {
  if (to.atMs - from.atMs > STEP_MS_MAX) return false;
  return !gaps.some(({ fromMs, toMs }) => fromMs < to.atMs && toMs > from.atMs);
}

/** Columns hold the first value and then differences. A segment whose columns do not fit each other says nothing. */
function fixesOf({ fields }: ShownRecord): readonly Fix[] {
  const { started_at: startMs } = fields;
  const [times, lats, lons] = [fields.t_s, fields.lat_e6, fields.lon_e6].map(runningSums);
  if (!isInteger(startMs) || !times || !lats || !lons) return [];
  if (times.length !== lats.length || times.length !== lons.length) return [];
  return times.map((second, index) => ({
    atMs: startMs + second * SECOND_MS,
    position: [(lats[index] ?? 0) / MICRODEGREES, (lons[index] ?? 0) / MICRODEGREES],
  }));
}

function runningSums(column: Value | undefined): readonly number[] | null {
  if (!Array.isArray(column) || !column.every(isInteger)) return null;
  let sum = 0;
  return column.map((difference) => {
    sum += difference;
    return sum;
  });
}

function gapsOf({ fields }: ShownRecord): readonly Span[] {
  const { started_at: startMs, gaps } = fields;
  if (!isInteger(startMs) || !Array.isArray(gaps)) return [];
  return gaps.flatMap((gap) => {
    if (!isObject(gap) || !isInteger(gap.from_s) || !isInteger(gap.to_s)) return [];
    return [{ fromMs: startMs + gap.from_s * SECOND_MS, toMs: startMs + gap.to_s * SECOND_MS }];
  });
}
