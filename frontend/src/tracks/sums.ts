/** What the results of a patrol say of its track: metres without gaps, and the seconds that nobody knows of. */
import type { Engine, ShownRecord } from "../engine/contract.ts";
import { GAP_MS } from "./deciding.ts";
import { gapSecondsOf, metresOf, nextSegment, type Point, type Segment, segmentIn, type TrackEnd } from "./segments.ts";

export type Sums = { readonly distance_m: number; readonly track_gap_s: number };

/** Pure. Null where no track was kept: that is not a distance of nothing. */
export function sumsOf(segments: readonly Segment[], startedMs: number): Sums | null {
  const [first] = [...segments].sort((left, right) => left.started_at - right.started_at);
  if (!first) return null;
  const lateMs = first.started_at - startedMs;
  const late_s = lateMs > GAP_MS ? Math.floor(lateMs / 1000) : 0;
  const sum = (of: (segment: Segment) => number) => segments.reduce((total, segment) => total + of(segment), 0);
  return { distance_m: Math.round(sum(metresOf)), track_gap_s: late_s + sum(gapSecondsOf) };
}

/** Pure: points that are no record yet, as they would be one. */
export function segmentsOf(points: readonly Point[], end: TrackEnd): readonly Segment[] {
  const found: Segment[] = [];
  let left = points.filter(({ at_ms }) => at_ms <= end.atMs);
  for (let cut = nextSegment(left, end); cut; cut = nextSegment(left, end)) {
    found.push(cut.segment);
    left = left.slice(cut.taken);
  }
  return found;
}

const savedIn = (children: readonly ShownRecord[]): readonly Segment[] =>
  children.flatMap(({ kind, fields }) => (kind === "track" ? (segmentIn(fields) ?? []) : []));

/** Null where the unit keeps no tracks, or this patrol has none. */
export async function measured(engine: Engine, patrol: string, endMs: number): Promise<Sums | null> {
  if (!engine.session.value?.isTracked) return null;
  const tracks = await engine.tracks();
  const [record, children, points] = await Promise.all([
    engine.record(patrol),
    engine.children(patrol),
    tracks.points(patrol),
  ]);
  const startedMs = record?.fields.started_at;
  if (typeof startedMs !== "number") return null;
  const unsaved = segmentsOf(points, { atMs: endMs, cause: "no_fix" });
  return sumsOf([...savedIn(children), ...unsaved], startedMs);
}
