/** Whole minutes from one time to another, rounded down; null where one is missing or they are out of order. */
export function minutesBetween(start: number | null, end: number | null): number | null {
  if (start === null || end === null || end < start) return null;
  return Math.floor((end - start) / 60_000);
}
