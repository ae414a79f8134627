/** Segments of patrol tracks as lines: what was not recorded is not drawn, and never joined by a straight line. */
import type { ShownRecord, Value } from "../../engine/contract.ts";
import { isInteger, isObject } from "../../sync/core/value.ts";

/** Latitude and longitude in degrees. */
export type Position = readonly [latDeg: number, lonDeg: number];

interface Fix {
  readonly atMs: number;
  readonly position: Position;
  /** Nobody knows how the phone came here. */
  readonly isAfterGap: boolean;
}

/** A phone that stands still keeps a point every 15 s: after a minute without any it had no position, noted or not. */
const STEP_S_MAX = 60;
const MICRODEGREES = 1_000_000;
const SECOND_MS = 1000;

/** One line for every stretch without a gap; a lone point is a line of one. Segments may come in any order. */
export function trackLines(segments: readonly ShownRecord[]): readonly (readonly Position[])[] {
  const patrols = new Map<string, Fix[][]>();
  for (const { kind, id, fields } of segments) {
    const fixes = kind === "track" ? fixesOf(fields) : [];
    const patrol = String(fields.parent ?? id);
    if (fixes.length > 0) patrols.set(patrol, [...(patrols.get(patrol) ?? []), fixes]);
  }
  return [...patrols.values()].flatMap(linesOf);
}

function linesOf(segments: readonly (readonly Fix[])[]): readonly (readonly Position[])[] {
  const lines: Position[][] = [];
  let last: Fix | null = null;
  for (const fixes of [...segments].sort(earlierFirst)) {
    for (const [index, fix] of fixes.entries()) {
      const isJoined = index === 0 ? isShared(last, fix) : !fix.isAfterGap;
      if (isJoined) lines.at(-1)?.push(fix.position);
      else lines.push([fix.position]);
      last = fix;
    }
  }
  return lines;
}

const earlierFirst = ([left]: readonly Fix[], [right]: readonly Fix[]): number =>
  (left?.atMs ?? 0) - (right?.atMs ?? 0);

/** A segment begins with the last point of the one before; those that share none are never joined. Times are in seconds. */
function isShared(last: Fix | null, first: Fix): boolean {
  if (last === null || Math.abs(first.atMs - last.atMs) > SECOND_MS) return false;
  return last.position[0] === first.position[0] && last.position[1] === first.position[1];
}

/** Columns hold the first value and then differences. A segment whose columns do not fit each other says nothing. */
function fixesOf(fields: ShownRecord["fields"]): Fix[] {
  const { started_at: startMs, gaps } = fields;
  const [times, lats, lons] = [fields.t_s, fields.lat_e6, fields.lon_e6].map(runningSums);
  if (!isInteger(startMs) || !times || !lats || !lons) return [];
  if (times.length !== lats.length || times.length !== lons.length) return [];
  const isBroken = gapsAmong(gaps);
  return times.map((atS, index) => ({
    atMs: startMs + atS * SECOND_MS,
    position: [(lats[index] ?? 0) / MICRODEGREES, (lons[index] ?? 0) / MICRODEGREES],
    isAfterGap: index > 0 && isBroken(times[index - 1] ?? 0, atS),
  }));
}

/**
 * Whether between two points something is missing. A gap may be shorter than the second in which several points
 * stand: it lies before each of them.
 */
function gapsAmong(gaps: Value | undefined): (fromS: number, toS: number) => boolean {
  const noted = (Array.isArray(gaps) ? gaps : []).filter(isObject);
  const isNoted = (fromS: number, toS: number) =>
    noted.some((gap) => {
      const { from_s, to_s } = gap as Readonly<Record<string, Value>>;
      if (!isInteger(from_s) || !isInteger(to_s)) return false;
      const isWithin = from_s === to_s && toS === to_s;
      return isWithin || (from_s < toS && to_s > fromS);
    });
  return (fromS, toS) => toS < fromS || toS - fromS > STEP_S_MAX || isNoted(fromS, toS);
}

function runningSums(column: Value | undefined): readonly number[] | null {
  if (!Array.isArray(column) || !column.every(isInteger)) return null;
  let sum = 0;
  return column.map((difference) => {
    sum += difference;
    return sum;
  });
}
