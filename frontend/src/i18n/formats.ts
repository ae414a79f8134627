/** How dates, times and numbers are written. Every officer works on Vietnamese time, whatever the phone is set to. */
import { language } from "./index.ts";

const ZONE = "Asia/Ho_Chi_Minh";
/** Vietnam has kept UTC+7 without summer time since 1975, so a wall clock can be read back by subtraction. */
const OFFSET_MS = 7 * 3_600_000;
export const DAY_MS = 86_400_000;

// Explicit parts: `dateStyle: "short"` in vi gives "22:30 5/3/26".
const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const numbers = {
  vi: new Intl.NumberFormat("vi-VN", { maximumFractionDigits: 2 }),
  en: new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 }),
};
const collator = new Intl.Collator("vi", { numeric: true });

/** The years that four digits write. Any number may stand where a time should: a forged one is shown as it is. */
const [YEAR_0_MS, YEAR_10000_MS] = [-62_167_219_200_000, 253_402_300_800_000];
const isTime = (ms: number): boolean => ms + OFFSET_MS >= YEAR_0_MS && ms + OFFSET_MS < YEAR_10000_MS;

const shifted = (ms: number): string => (isTime(ms) ? new Date(ms + OFFSET_MS).toISOString() : "");

/** The calendar day in Vietnam, `2026-11-23`: the form of the API and of date fields; empty for what is no time. */
export const dayOf = (ms: number): string => shifted(ms).slice(0, 10);

/** The wall clock in Vietnam, `2026-11-23T07:05`: the form of `datetime-local` fields; empty for what is no time. */
export const wallClock = (ms: number): string => shifted(ms).slice(0, 16);

/** Read a wall clock back; null where it is not one. */
export function fromWallClock(text: string): number | null {
  const ms = Date.parse(`${text}Z`);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) && Number.isFinite(ms) ? ms - OFFSET_MS : null;
}

export const formatTime = (ms: number): string => (isTime(ms) ? clock.format(ms) : String(ms));

export const formatDay = (day: string): string => day.split("-").reverse().join("/");

export const formatDateTime = (ms: number): string => `${formatTime(ms)} ${formatDay(dayOf(ms))}`.trim();

/** The time alone for today, with the date for any other day. */
export const formatMoment = (ms: number, nowMs: number): string =>
  dayOf(ms) === dayOf(nowMs) ? formatTime(ms) : formatDateTime(ms);

export const formatNumber = (value: number): string => numbers[language()].format(value);

/** `1:05:09`: how long a patrol has lasted. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export const compareNames = (left: string, right: string): number => collator.compare(left, right);

/** Text as searched: no tones, no đ, lower case ("dak lak" finds "Đắk Lắk"). */
export const folded = (text: string): string =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
