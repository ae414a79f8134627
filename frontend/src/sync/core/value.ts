/** What a field may hold: JSON without floats. Twin of the checks that `sync/` makes on any value (P6). */
export type Value = null | boolean | number | string | Value[] | { [name: string]: Value };

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** -0 is refused: Python reads it as an integer and JavaScript as a float that equals 0. */
export function isInteger(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** Only names that an object has of its own: `constructor` and `__proto__` may be fields. */
export function member(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** UTF-16 code units, which for ids (ASCII) is ASCII order as well. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Bytes of UTF-8, counted by hand: this library has no platform types, so no TextEncoder. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

export function isWellFormed(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}
