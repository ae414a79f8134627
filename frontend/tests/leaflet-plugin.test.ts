// @vitest-environment happy-dom
/** Leaflet under Trusted Types: importing it must write no HTML. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterEach, expect, it, vi } from "vitest";
import { adapted } from "../build/leaflet-plugin.ts";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("leaflet/dist/leaflet-src.esm.js"), "utf-8");
const EXPORTS = /^export \{.*\};$/m;

/** As the module runs when it is imported, in a page that takes no text for HTML; what it says of the browser. */
function runUnderTrustedTypes(source: string): { readonly inlineSvg: boolean; readonly vml: boolean } {
  vi.spyOn(Element.prototype, "innerHTML", "set").mockImplementation(() => {
    throw new TypeError("This document requires 'TrustedHTML' assignment.");
  });
  return new Function(`${source.replace(EXPORTS, "return Browser;")}`)();
}

afterEach(() => vi.restoreAllMocks());

it("is imported without writing HTML, and knows what the probes would have said", () => {
  expect(runUnderTrustedTypes(adapted(SOURCE))).toMatchObject({ inlineSvg: true, vml: false });
});

it("would fail as it comes", () => {
  expect(() => runUnderTrustedTypes(SOURCE)).toThrow("TrustedHTML");
});

it("changes nothing but the two probes, and the words of a control with a foreign host and a flag", () => {
  const [before, after] = [SOURCE, adapted(SOURCE)].map((code) => code.split(/\r?\n/)) as [string[], string[]];
  expect(before.length - after.length).toBeLessThan(40);
  expect(after.filter((line) => !before.includes(line))).toEqual([
    "var inlineSvg = true;",
    "var vml = false;",
    "\t\tprefix: false",
  ]);
  expect(adapted(SOURCE)).not.toMatch(/<a href="https:\/\/leafletjs|var ukrainianFlag/);
});

it("refuses a version that it does not know", () => {
  expect(() => adapted(SOURCE.replace("var inlineSvg = !!svg$1", "var inlineSvg = !!svg$2"))).toThrow("inlineSvg");
});
