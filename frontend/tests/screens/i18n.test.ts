import { afterEach, describe, expect, it } from "vitest";
import {
  compareNames,
  dayOf,
  folded,
  formatDateTime,
  formatDay,
  formatElapsed,
  formatMoment,
  formatNumber,
  formatTime,
  fromWallClock,
  wallClock,
} from "../../src/i18n/formats.ts";
import { npgettext, pgettext, useCatalogue } from "../../src/i18n/index.ts";
import { problemSentence } from "../../src/i18n/problems.ts";
import { formatWithUnit } from "../../src/i18n/units.ts";

// 23 Nov 2026 22:30:15 in Vietnam, still the afternoon in UTC.
const EVENING = Date.UTC(2026, 10, 23, 15, 30, 15);

afterEach(() => useCatalogue("vi", {}));

describe("gettext", () => {
  it("finds a text by its context and fills in the values", () => {
    useCatalogue("vi", { "state.waiting_n": ["Chờ gửi (%(n)s)"] });
    expect(pgettext("state.waiting_n", "Waiting to send (%(n)s)", { n: 3 })).toBe("Chờ gửi (3)");
    expect(pgettext("elsewhere", "Waiting to send (%(n)s)", { n: 3 })).toBe("Waiting to send (3)");
  });

  it("leaves a gap that has no value as it stands", () => {
    expect(pgettext("c", "From %(from)s to %(to)s", { from: "1" })).toBe("From 1 to %(to)s");
  });

  it("has a singular in English and one form in Vietnamese", () => {
    const key = "c";
    useCatalogue("en", { [key]: ["%(n)s record", "%(n)s records"] });
    expect([1, 2].map((n) => npgettext("c", "%(n)s record", "%(n)s records", n))).toEqual(["1 record", "2 records"]);
    useCatalogue("vi", { [key]: ["%(n)s phiếu"] });
    expect([1, 2].map((n) => npgettext("c", "%(n)s record", "%(n)s records", n))).toEqual(["1 phiếu", "2 phiếu"]);
  });

  it("is not misled by names that every object has", () => {
    expect(pgettext("x", "constructor")).toBe("constructor");
  });
});

describe("formats", () => {
  it("writes days, hours and moments on the Vietnamese clock", () => {
    expect(formatDateTime(EVENING)).toBe("22:30 23/11/2026");
    expect(formatDateTime(Date.UTC(2026, 10, 23, 17, 5))).toBe("00:05 24/11/2026");
    expect(formatDay("2026-03-05")).toBe("05/03/2026");
    expect(formatMoment(EVENING, EVENING + 1000)).toBe("22:30");
    expect(formatMoment(EVENING, EVENING + 7_200_000)).toBe("22:30 23/11/2026");
    expect(dayOf(Date.UTC(2026, 10, 23, 17, 0))).toBe("2026-11-24");
  });

  it("shows any number that stands where a time should, and never breaks on one", () => {
    const forged = [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 8.64e15, 253_402_300_800_000];
    for (const ms of forged) {
      expect([formatDateTime(ms), formatMoment(ms, EVENING), formatTime(ms)]).toEqual(Array(3).fill(String(ms)));
      expect([dayOf(ms), wallClock(ms)]).toEqual(["", ""]);
    }
    expect(formatDateTime(253_402_275_599_999)).toBe("23:59 31/12/9999");
  });

  it("reads a wall clock back, and nothing that is not one", () => {
    expect(wallClock(EVENING)).toBe("2026-11-23T22:30");
    expect(fromWallClock(wallClock(EVENING))).toBe(EVENING - 15_000);
    expect(["", "2026-11-23", "2026-13-45T10:00"].map(fromWallClock)).toEqual([null, null, null]);
  });

  it("groups numbers with dots and decimals with a comma", () => {
    expect(formatNumber(1234.5)).toBe("1.234,5");
    useCatalogue("en", {});
    expect(formatNumber(1234.5)).toBe("1,234.5");
  });

  it("reads small units in larger ones", () => {
    expect(formatWithUnit("minute", 90)).toBe("1,5\u00a0hours");
    expect(formatWithUnit("instance", 4)).toBe("4");
  });

  it("names one by the singular where the language has one", () => {
    useCatalogue("en", {});
    expect(formatWithUnit("person", 1)).toBe("1\u00a0person");
    expect(formatWithUnit("minute", 60)).toBe("1\u00a0hour");
    expect(formatWithUnit("person", 2)).toBe("2\u00a0people");
  });

  it("counts hours beyond a day", () => {
    expect([0, 3_909_000, 90_000_000].map(formatElapsed)).toEqual(["0:00:00", "1:05:09", "25:00:00"]);
  });

  it("sorts by the Vietnamese alphabet, numbers by their value", () => {
    const sorted = ["Thôn 10", "đ", "Thôn 2", "ă", "d", "a"].sort(compareNames);
    expect(sorted).toEqual(["a", "ă", "d", "đ", "Thôn 2", "Thôn 10"]);
  });

  it("searches without tones", () => {
    expect(["Đắk Lắk", "Hòa", "Hoà", "Dương"].map(folded)).toEqual(["dak lak", "hoa", "hoa", "duong"]);
  });
});

describe("problemSentence", () => {
  it("says the title alone when the detail has a gap that nobody filled", () => {
    expect(problemSentence("busy")).toBe("The server is busy");
    expect(problemSentence("value-invalid")).toBe("A value in this record is not valid");
  });

  it("has words for a code that it does not know", () => {
    expect(problemSentence("brand-new")).toContain("brand-new");
  });
});
