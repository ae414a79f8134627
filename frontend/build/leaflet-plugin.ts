/**
 * Leaflet 1.9.4 finds out at import what the browser can do by writing HTML into an element, which the page's Trusted
 * Types refuse: the whole map would fail. What the two probes ask is known of every browser that the build is for.
 * And whatever control of its own would be added names another host beside a flag: neither belongs into this app.
 */
import type { Plugin } from "vite";

/** The file that can be taken apart by the bundler; the package names only its whole. */
const SOURCE = "leaflet/dist/leaflet-src.esm.js";

/** By name: a probe from its first line to its last, and what it would answer; the words of the control. */
const CHANGES: readonly (readonly [name: string, before: RegExp, after: string])[] = [
  ["inlineSvg", /^var inlineSvg = !!svg\$1 && \(function \(\) \{[^}]+^\}\)\(\);/m, "var inlineSvg = true;"],
  ["vml", /^var vml = !svg\$1 && \(function \(\) \{[\s\S]+?^\}\(\)\);/m, "var vml = false;"],
  ["flag", /^var ukrainianFlag = .*$/m, ""],
  ["prefix", /^(\t+prefix: )'<a href="https:\/\/leafletjs\.com.*$/m, "$1false"],
];

export function leafletPlugin(): Plugin {
  return {
    name: "leaflet",
    enforce: "pre",
    config: () => ({ resolve: { alias: [{ find: /^leaflet$/, replacement: SOURCE }] } }),
    transform: (source, id) => (id.endsWith(SOURCE) ? { code: adapted(source), map: null } : null),
  };
}

/** Throws where something is not as it is known: another version has to be looked at by a person. */
export function adapted(source: string): string {
  return CHANGES.reduce((code, [name, before, after]) => {
    if (!before.test(code)) throw new Error(`this is not the Leaflet that is known: no ${name}`);
    return code.replace(before, after);
  }, source);
}
