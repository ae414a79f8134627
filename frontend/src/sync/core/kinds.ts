/** Kinds and fields, read from `sync/kinds.json`, and the check of one value: the twin of `sync/kinds.py` (P6, P15). */
import source from "../../../../sync/kinds.json";
import { canonical } from "./canonical.ts";
import { VALUE_BYTES_MAX, VALUE_DEPTH_MAX } from "./limits.ts";
import { compareText, isInteger, isObject, isWellFormed, utf8Bytes, type Value } from "./value.ts";

export interface FieldSpec {
  readonly type: string;
  readonly context: string;
  readonly label: string;
  readonly since: number;
  readonly min?: number;
  readonly max?: number;
  readonly unit?: string;
  readonly characters_max?: number;
  readonly items_max?: number;
  readonly vocabulary?: string;
  readonly kinds?: readonly string[];
}

export interface KindSpec {
  readonly context: string;
  readonly label: string;
  readonly since: number;
  readonly writers: readonly string[];
  readonly activity: boolean;
  readonly child: boolean;
  readonly reference: boolean | { readonly field: string; readonly equals: string };
  readonly fields: Readonly<Record<string, FieldSpec>>;
}

type Words = Readonly<Record<string, { readonly context: string; readonly label: string }>>;

const kinds = new Map<string, KindSpec>(Object.entries(source.kinds as unknown as Record<string, KindSpec>));
const vocabularies = new Map<string, Words>(Object.entries(source.vocabularies as unknown as Record<string, Words>));

export function kindOf(name: string): KindSpec | null {
  return kinds.get(name) ?? null;
}

export function fieldOf(kind: string, name: string): FieldSpec | null {
  const fields = kinds.get(kind)?.fields;
  return fields && Object.hasOwn(fields, name) ? (fields[name] ?? null) : null;
}

/** Whether a role may write a kind; the server decides again, per operation (P28). */
export function mayWrite(role: string, kind: string): boolean {
  return kinds.get(kind)?.writers.includes(role) ?? false;
}

/** Whether a field may hold a value; null clears any field. */
export function accepts(field: FieldSpec, value: Value): boolean {
  return value === null || (isValue(value) && fits(field, value));
}

/** P6, whatever the field: no floats, well-formed NFC without NUL, at most 8 KiB, depth at most 4. */
export function isValue(value: unknown): value is Value {
  if (!isPlain(value, VALUE_DEPTH_MAX)) return false;
  const text = canonical(value);
  return text !== null && utf8Bytes(text) <= VALUE_BYTES_MAX;
}

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "string") return isCleanText(value);
  if (Array.isArray(value)) return depth > 0 && value.every((item) => isPlain(item, depth - 1));
  if (!isObject(value)) return true;
  return depth > 0 && Object.entries(value).every(([name, item]) => isCleanText(name) && isPlain(item, depth - 1));
}

function isCleanText(text: string): boolean {
  return !text.includes("\u0000") && isWellFormed(text) && text.normalize("NFC") === text;
}

// The end of the year 9999: every time can be shown as a day.
/** The end of the year 9999 in Vietnam. */
const TIME_MS_MAX = 253_402_275_599_999;
const POINT_RANGES = { lat_e6: 90_000_000, lon_e6: 180_000_000, accuracy_m: 1_000_000 };
const GAP_SECONDS_MAX = 86_400;
// Never \d: it is ASCII here but not in Python, and these are twins.
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const PERIOD =
  /^([0-9]{4}|[0-9]{4}-H[12]|[0-9]{4}-Q[1-4]|R?[0-9]{4}-(0[1-9]|1[0-2])|[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3]))$/;
const DAY = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;

type Check = (field: FieldSpec, value: unknown) => boolean;

const CHECKS = new Map<string, Check>([
  ["time", (_, value) => isBetween(value, 0, TIME_MS_MAX)],
  ["day", (_, value) => isDay(value)],
  ["area", (_, value) => isMatch(value, UUID)],
  ["user", (_, value) => isMatch(value, UUID)],
  ["record", (_, value) => isMatch(value, UUID)],
  ["sha256", (_, value) => isMatch(value, SHA256)],
  ["period", (_, value) => isDay(value) || isMatch(value, PERIOD)],
  ["flag", (_, value) => typeof value === "boolean"],
  ["count", ({ min = 0, max = 0 }, value) => isBetween(value, min, max)],
  ["text", ({ characters_max = 0 }, value) => typeof value === "string" && [...value].length <= characters_max],
  ["choice", ({ vocabulary = "" }, value) => isWord(vocabulary, value)],
  ["list", isWordList],
  ["point", (_, value) => isPoint(value)],
  ["integers", isIntegerList],
  ["gaps", isGapList],
]);

function fits(field: FieldSpec, value: unknown): boolean {
  return CHECKS.get(field.type)?.(field, value) ?? false;
}

function isBetween(value: unknown, min: number, max: number): boolean {
  return isInteger(value) && value >= min && value <= max;
}

function isMatch(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}

function isWord(vocabulary: string, value: unknown): boolean {
  return typeof value === "string" && Object.hasOwn(vocabularies.get(vocabulary) ?? {}, value);
}

/** Unique and ASCII-sorted, so that equal sets are equal bytes (P9). */
function isWordList({ vocabulary = "" }: FieldSpec, value: unknown): boolean {
  if (!Array.isArray(value) || !value.every((item) => isWord(vocabulary, item))) return false;
  return value.every((item, at) => at === 0 || compareText(String(value[at - 1]), String(item)) < 0);
}

function isPoint(value: unknown): boolean {
  if (!isObject(value) || !hasExactly(value, Object.keys(POINT_RANGES))) return false;
  const { lat_e6, lon_e6, accuracy_m } = value;
  const { lat_e6: lat, lon_e6: lon, accuracy_m: accuracy } = POINT_RANGES;
  return isBetween(lat_e6, -lat, lat) && isBetween(lon_e6, -lon, lon) && isBetween(accuracy_m, 0, accuracy);
}

function isIntegerList({ min = 0, max = 0, items_max = 0 }: FieldSpec, value: unknown): boolean {
  return Array.isArray(value) && value.length <= items_max && value.every((item) => isBetween(item, min, max));
}

function isGapList({ items_max = 0 }: FieldSpec, value: unknown): boolean {
  return Array.isArray(value) && value.length <= items_max && value.every(isGap);
}

function isGap(value: unknown): boolean {
  if (!isObject(value) || !hasExactly(value, ["from_s", "to_s", "cause"])) return false;
  const { from_s, to_s, cause } = value;
  return isBetween(from_s, 0, GAP_SECONDS_MAX) && isBetween(to_s, 0, GAP_SECONDS_MAX) && isWord("gap_cause", cause);
}

function hasExactly(value: Record<string, unknown>, names: readonly string[]): boolean {
  return Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
}

/** A real calendar day from the year 1 on; no Date, which this library does not know. */
export function isDay(value: unknown): boolean {
  const [, year, month, day] = typeof value === "string" ? (DAY.exec(value) ?? []) : [];
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  return y >= 1 && m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m);
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
