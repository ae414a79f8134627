/** Which positions are kept, and how they become records: whatever a device says, gaps stay gaps. */
import { describe, expect, it } from "vitest";
import { canonical } from "../src/sync/core/canonical.ts";
import { accepts, fieldOf } from "../src/sync/core/kinds.ts";
import type { Value } from "../src/sync/core/value.ts";
import {
  ACCURACY_M_MAX,
  begun,
  decide,
  type Fix,
  GAP_MS,
  KEEP_MS,
  type Kept,
  speedMax,
  type Track,
  type TrackEvent,
} from "../src/tracks/deciding.ts";
import { metresBetween } from "../src/tracks/distance.ts";
import {
  checkedText,
  gapSecondsOf,
  metresOf,
  nextSegment,
  POINTS_MAX,
  type Point,
  pointsOf,
  SEGMENT_MS_MAX,
  segmentIn,
} from "../src/tracks/segments.ts";
import { segmentsOf, sumsOf } from "../src/tracks/sums.ts";

const START = 1_764_000_000_000;
/** Degrees of latitude, in millionths, that are one metre. */
const METRE_E6 = 8.9932;
const at = (ms: number, metres: number, accuracy_m = 8): Fix => ({
  atMs: START + ms,
  lat_e6: 10_045_000 + Math.round(metres * METRE_E6),
  lon_e6: 105_746_000,
  accuracy_m,
});
const fix = (ms: number, metres: number, accuracy_m = 8, fastest = speedMax(["foot"])): TrackEvent => ({
  what: "fix",
  fix: at(ms, metres, accuracy_m),
  speedMax: fastest,
});
const turn = (what: "hidden" | "shown" | "tick", ms: number): TrackEvent => ({ what, atMs: START + ms });

function keptOf(events: readonly TrackEvent[], track: Track = begun(null)): Kept[] {
  const kept: Kept[] = [];
  let now = track;
  for (const event of events) {
    const decision = decide(now, event);
    now = decision.track;
    if (decision.kept) kept.push(decision.kept);
  }
  return kept;
}
const secondsOf = (kept: readonly Kept[]) => kept.map(({ atMs }) => (atMs - START) / 1000);
const causesOf = (kept: readonly Kept[]) => kept.map(({ cause }) => cause);

/** Seeded, so that a failure can be had again (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("of what a device says", () => {
  it("one is kept for each ten metres or fifteen seconds", () => {
    const walk = [0, 4, 8, 12, 16, 20].map((metres, second) => fix(second * 3_000, metres));
    expect(secondsOf(keptOf(walk))).toEqual([0, 9]);
    const standing = [0, 5, 10, 15, 20, 30].map((second) => fix(second * 1_000, 0));
    expect(secondsOf(keptOf(standing))).toEqual([0, 15, 30]);
  });

  it("nothing is kept that is wrong by more than fifty metres, or goes back in time", () => {
    expect(
      secondsOf(keptOf([fix(0, 0), fix(20_000, 20, ACCURACY_M_MAX + 1), fix(20_000, 20, ACCURACY_M_MAX)])),
    ).toEqual([0, 20]);
    expect(secondsOf(keptOf([fix(20_000, 0), fix(0, 50), fix(20_000, 50)]))).toEqual([20]);
  });

  it("nothing is kept that nobody could have reached by that transport", () => {
    const jump = (fastest: number) => [fix(0, 0), fix(10_000, 200, 8, fastest), fix(20_000, 20, 8, fastest)];
    expect(secondsOf(keptOf(jump(speedMax(["foot"]))))).toEqual([0, 20]);
    expect(secondsOf(keptOf(jump(speedMax(["motorbike"])))).slice(0, 2)).toEqual([0, 10]);
    expect(speedMax(["foot", "car"])).toBe(speedMax(["car"]));
    expect(speedMax([])).toBe(speedMax(["car"]));
  });

  it("a first one that was wrong does not keep all others out for ever", () => {
    const events = [fix(0, 900), ...Array.from({ length: 60 }, (_, second) => fix((second + 1) * 10_000, 0))];
    expect(keptOf(events).length).toBeGreaterThan(20);
  });
});

describe("a gap", () => {
  const away = GAP_MS + 60_000;

  it("has the cause that began it", () => {
    const tick = (ms: number) => turn("tick", ms);
    expect(
      causesOf(keptOf([fix(0, 0), tick(5_000), turn("hidden", 9_000), turn("shown", away), fix(away, 30)])),
    ).toEqual([null, "hidden"]);
    expect(causesOf(keptOf([fix(0, 0), tick(5_000), tick(away), fix(away + 1, 30)]))).toEqual([null, "screen_off"]);
    const ticks = Array.from({ length: away / 5_000 }, (_, n) => tick(n * 5_000));
    expect(causesOf(keptOf([fix(0, 0), ...ticks, fix(away, 30)]))).toEqual([null, "no_fix"]);
    expect(causesOf(keptOf([fix(0, 0)], begun(START - 3_000)))).toEqual(["closed"]);
  });

  it("is noticed by the first position after a sleep, even before the clock has ticked", () => {
    expect(causesOf(keptOf([fix(0, 0), turn("tick", 1_000), fix(away, 30)]))).toEqual([null, "screen_off"]);
  });

  it("is none where a page is hidden and positions go on", () => {
    expect(causesOf(keptOf([fix(0, 0), turn("hidden", 1_000), fix(9_000, 12), fix(20_000, 30)]))).toEqual([
      null,
      null,
      null,
    ]);
  });
});

const point = (second: number, metres: number, cause?: Point["cause"]): Point => {
  const { atMs: at_ms, ...where } = at(second * 1_000, metres);
  return { ...where, at_ms, ...(cause && { cause }) };
};
const walk = (count: number) => Array.from({ length: count }, (_, n) => point(n * 10, n * 12));

function wandered(random: () => number): Point[] {
  const causes = ["closed", "hidden", "no_fix", "screen_off"] as const;
  let [second, metres] = [0, 0];
  return Array.from({ length: 1 + Math.floor(random() * 600) }, (_, n) => {
    const isGap = n > 0 && random() < 0.05;
    second += isGap ? 31 + Math.floor(random() ** 8 * 100_000) : 1 + Math.floor((random() * KEEP_MS) / 1000);
    metres += Math.floor(random() * 40) - 5;
    return point(second, metres, isGap ? causes[Math.floor(random() * causes.length)] : undefined);
  });
}

describe("a segment", () => {
  it("is cut as soon as five minutes are full, and the next one begins with its last point", () => {
    expect(nextSegment(walk(31), null)).toBeNull();
    const cut = nextSegment(walk(32), null);
    expect(cut?.segment.t_s).toHaveLength(31);
    expect(cut?.taken).toBe(30);
  });

  it("holds a gap that leads out of it, over which nothing was gone", () => {
    const points = [point(0, 0), point(10, 12), point(1_010, 900, "hidden"), point(1_020, 912)];
    const [first, second] = segmentsOf(points, { atMs: START + 1_020_000, cause: "no_fix" });
    expect(first?.gaps).toEqual([{ from_s: 10, to_s: 1_010, cause: "hidden" }]);
    expect(second?.started_at).toBe(START + 1_010_000);
    expect([first, second].map((each) => Math.round(each ? metresOf(each) : -1))).toEqual([12, 12]);
  });

  it("ends with a gap where nothing was heard until the end", () => {
    const cut = nextSegment(walk(3), { atMs: START + 120_000, cause: "no_fix" });
    expect(cut?.segment.gaps).toEqual([{ from_s: 20, to_s: 120, cause: "no_fix" }]);
    expect(nextSegment([], { atMs: START, cause: "no_fix" })).toBeNull();
  });

  it("counts every step after a gap, however many there are in its last second", () => {
    const soon = { ...point(100, 500), at_ms: START + 100_600 };
    const later = { ...point(100, 520), at_ms: START + 100_900 };
    const points = [point(0, 0), { ...point(100, 480), cause: "closed" as const }, soon, later];
    const [segment] = segmentsOf(points, { atMs: START + 101_000, cause: "no_fix" });
    expect(Math.round(segment ? metresOf(segment) : 0)).toBe(40);
  });

  it("counts what nobody knows from the patrol's start, and no distance where there is no track", () => {
    const segments = segmentsOf(walk(3), { atMs: START + 20_000, cause: "no_fix" });
    expect(sumsOf(segments, START - 90_000)).toEqual({ distance_m: 24, track_gap_s: 90 });
    expect(sumsOf([], START)).toBeNull();
  });
});

describe("a segment of any walk", () => {
  it("is what its kind accepts, opens again, and leaves out nothing, whatever was walked", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = chance(seed);
      const points = wandered(random);
      const end = { atMs: (points.at(-1)?.at_ms ?? START) + Math.floor(random() * 90_000), cause: "no_fix" } as const;
      const segments = segmentsOf(points, end);
      const seen = new Set<number>();
      for (const [k, segment] of segments.entries()) {
        const { started_at, gaps, ...columns } = segment;
        for (const [name, value] of Object.entries({ ...columns, gaps, started_at, k })) {
          const field = fieldOf("track", name);
          expect(field && accepts(field, value as Value), `seed ${seed} ${name}`).toBe(true);
        }
        expect(canonical(segment)).not.toBeNull();
        expect(checkedText(segment, "p", k)).not.toBe("");
        expect(segmentIn(segment)).toEqual(segment);
        const back = pointsOf(segment);
        expect(back.length).toBeLessThanOrEqual(POINTS_MAX);
        expect(back.at(-1)?.atS).toBeLessThanOrEqual(SEGMENT_MS_MAX / 1000);
        for (const { atS, lat_e6, lon_e6, accuracy_m } of back) {
          // These points are whole seconds apart.
          const found = points.find((each) => each.at_ms === started_at + atS * 1000);
          expect([found?.lat_e6, found?.lon_e6]).toEqual([lat_e6, lon_e6]);
          expect(found?.accuracy_m, `seed ${seed}`).toBe(accuracy_m);
          if (found) seen.add(found.at_ms);
        }
        expect(gapSecondsOf(segment)).toBeGreaterThanOrEqual(0);
      }
      expect(seen.size, `seed ${seed}`).toBe(points.length);
      // What is drawn is never longer than what was gone between points that belong together.
      const gone = points.reduce((sum, each, n) => {
        const before = points[n - 1];
        return before && !each.cause ? sum + metresBetween(before, each) : sum;
      }, 0);
      expect(segments.reduce((sum, each) => sum + metresOf(each), 0)).toBeLessThanOrEqual(gone + 1e-6);
    }
  });
});
