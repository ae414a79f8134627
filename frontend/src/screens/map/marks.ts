/** Records with a position as marks: positions are rounded to about 100 m, so several records often share one. */
import type { ShownRecord, Value } from "../../engine/contract.ts";
import { isInteger, isObject } from "../../sync/core/value.ts";
import type { Position } from "./tracks.ts";

export interface Mark {
  readonly key: string;
  readonly position: Position;
  /** Newest first, as they came. */
  readonly records: readonly ShownRecord[];
}

const MICRODEGREES = 1_000_000;

export function positionOf(point: Value | undefined): Position | null {
  if (!isObject(point) || !isInteger(point.lat_e6) || !isInteger(point.lon_e6)) return null;
  const position: Position = [point.lat_e6 / MICRODEGREES, point.lon_e6 / MICRODEGREES];
  return Math.abs(position[0]) <= 85 && Math.abs(position[1]) <= 180 ? position : null;
}

export function marksOf(records: readonly ShownRecord[]): readonly Mark[] {
  const marks = new Map<string, Mark>();
  for (const record of records) {
    const position = positionOf(record.fields.point);
    if (!position) continue;
    const key = position.join(" ");
    marks.set(key, { key, position, records: [...(marks.get(key)?.records ?? []), record] });
  }
  return [...marks.values()];
}
