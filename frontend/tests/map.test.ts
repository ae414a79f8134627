/** What is drawn on the map: tracks broken at gaps, marks at shared places, a scale that people can read. */
import { describe, expect, it } from "vitest";
import type { ShownRecord, Value } from "../src/engine/contract.ts";
import { pointOf, ringsOf } from "../src/screens/map/boundaries.ts";
import { marksOf } from "../src/screens/map/marks.ts";
import { metresPerPixel, scaleBar } from "../src/screens/map/scale.ts";
import { trackLines } from "../src/screens/map/tracks.ts";

const START = Date.UTC(2026, 10, 23, 16);
const [LAT, LON] = [10_041_000, 105_780_000];
let made = 0;

function record(kind: string, fields: Record<string, Value>): ShownRecord {
  made += 1;
  return { id: `r${made}`, kind, fields } as unknown as ShownRecord;
}

/** A point every 10 s, 100 microdegrees further north each; the next segment begins with its last point. */
function segment(k: number, points = 31, extra: Record<string, Value> = {}): ShownRecord {
  const steps = (first: number, step: number): number[] => [first, ...Array<number>(points - 1).fill(step)];
  const columns = { t_s: steps(0, 10), lat_e6: steps(LAT + k * 3000, 100), lon_e6: steps(LON, 0) };
  columns.t_s[0] = 0;
  return record("track", { parent: "p", k, started_at: START + k * 300_000, ...columns, ...extra });
}

const lengths = (...segments: ShownRecord[]): number[] => trackLines(segments).map((line) => line.length);

describe("a track", () => {
  it("is one line where nothing is missing, over the ends of its segments and in whatever order they come", () => {
    const [first, second] = [segment(0), segment(1)];
    expect(lengths(first, second)).toEqual([62]);
    expect(trackLines([second, first])).toEqual(trackLines([first, second]));
  });

  it("is one line though a second was cut off the time of the point that two segments share", () => {
    expect(lengths(segment(0), segment(1, 31, { started_at: START + 300_999 }))).toEqual([62]);
  });

  it("reads columns as a first value and differences", () => {
    const [line] = trackLines([segment(0, 3)]);
    expect(line).toEqual([
      [10.041, 105.78],
      [10.0411, 105.78],
      [10.0412, 105.78],
    ]);
  });

  it("is never drawn over a gap that was noted, though points stand close before and after it", () => {
    expect(lengths(segment(0, 6, { gaps: [{ from_s: 20, to_s: 30, cause: "no_fix" }] }))).toEqual([3, 3]);
    expect(lengths(segment(0, 6, { gaps: [{ from_s: 22, to_s: 28, cause: "hidden" }] }))).toEqual([3, 3]);
    expect(lengths(segment(0, 6, { gaps: [] }))).toEqual([6]);
  });

  it("is broken by a gap within one second, of which two points stand", () => {
    const columns = { t_s: [0, 10, 0, 10], lat_e6: [LAT, 1, 900, 1], lon_e6: [LON, 0, 0, 0] };
    const gaps = [{ from_s: 10, to_s: 10, cause: "hidden" }];
    expect(lengths(record("track", { parent: "p", started_at: START, ...columns, gaps }))).toEqual([1, 1, 2]);
    expect(lengths(record("track", { parent: "p", started_at: START, ...columns }))).toEqual([4]);
  });

  it("is broken between segments that share no point, as where one has not come", () => {
    expect(lengths(segment(0), segment(2))).toEqual([31, 31]);
    expect(lengths(segment(0), segment(1, 31, { started_at: START + 305_000 }))).toEqual([31, 31]);
    expect(lengths(segment(0, 30), segment(1))).toEqual([30, 31]);
  });

  it("is broken where a minute passes without a point, noted or not, and where time goes back", () => {
    const columns = { t_s: [0, 60, 61, 10, -5], lat_e6: [LAT, 1, 1, 1, 1], lon_e6: [LON, 0, 0, 0, 0] };
    expect(lengths(record("track", { parent: "p", started_at: START, ...columns }))).toEqual([2, 2, 1]);
  });

  it("is never joined to another patrol's", () => {
    expect(lengths(segment(0, 3), segment(0, 3, { parent: "other", started_at: START + 30_000 }))).toEqual([3, 3]);
  });

  it("leaves out a segment that says nothing whole", () => {
    const bad = [{ t_s: null }, { lat_e6: [LAT] }, { lon_e6: ["x"] }, { started_at: null }];
    expect(bad.flatMap((fields) => trackLines([segment(0, 3, fields as Record<string, Value>)]))).toEqual([]);
  });
});

describe("marks", () => {
  const at = (lat_e6: Value, lon_e6: Value) => record("incident", { point: { lat_e6, lon_e6, accuracy_m: 100 } });

  it("are one for all records of a place, and none for those without a position", () => {
    const marks = marksOf([at(LAT, LON), at(LAT + 1000, LON), at(LAT, LON), record("incident", { point: null })]);
    expect(marks.map(({ records }) => records.length)).toEqual([2, 1]);
    expect(marks[0]?.position).toEqual([10.041, 105.78]);
  });

  it("are not made of what is no position", () => {
    expect(marksOf([at("x", LON), at(91_000_000, LON), at(LAT, 1.5), record("tips", { point: 7 })])).toEqual([]);
  });
});

describe("the scale", () => {
  it("says how much ground a pixel is, at the equator and at Cần Thơ", () => {
    expect(metresPerPixel(0, 0)).toBeCloseTo(156_543.03, 1);
    expect(metresPerPixel(10.04, 15)).toBeCloseTo(4.704, 2);
  });

  it("is a round distance, as long as fits", () => {
    expect(scaleBar(10.04, 15, 110)).toEqual({ metres: 500, px: 106 });
    for (let zoom = 5; zoom <= 18; zoom += 0.5) {
      const { metres, px } = scaleBar(10.04, zoom, 110);
      expect(String(metres)).toMatch(/^[125]0*$/);
      expect(px).toBeLessThanOrEqual(110);
      expect(px).toBeGreaterThan(110 / 2.6);
    }
  });
});

it("turns what GeoJSON says, east before north, round", () => {
  const ring = [
    [105.7, 10],
    [105.8, 10],
    [105.8, 10.1],
    [105.7, 10],
  ] as const;
  const area = {
    type: "Feature",
    id: "a",
    properties: { kind: "ward", name: "x", full_name: "x", source: "" },
  } as const;
  const polygon = { ...area, geometry: { type: "Polygon", coordinates: [ring] } } as const;
  expect(ringsOf(polygon)[0]?.[0]?.[1]).toEqual([10, 105.8]);
  expect(pointOf(polygon)).toBeNull();
  expect(pointOf({ ...area, geometry: { type: "Point", coordinates: [105.7, 10] } })).toEqual([10, 105.7]);
});
