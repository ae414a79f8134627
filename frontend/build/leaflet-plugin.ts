/**
 * Leaflet 1.9.4 finds out at import what the browser can do by writing HTML into an element, which the page's Trusted
 * Types refuse: the whole map would fail. What the two probes ask is known of every browser that the build is for.
 */
import type { Plugin } from "vite";

/** The file that can be taken apart by the bundler; the package names only its whole. */
const SOURCE = "leaflet/dist/leaflet-src.esm.js";

/** By the name of what is probed: the probe from its first line to its last, and what it would answer. */
const PROBES: readonly (readonly [name: string, probe: RegExp, answer: string])[] = [
  ["inlineSvg", /^var inlineSvg = !!svg\$1 && \(function \(\) \{[^}]+^\}\)\(\);/m, "var inlineSvg = true;"],
  ["vml", /^var vml = !svg\$1 && \(function \(\) \{[\s\S]+?^\}\(\)\);/m, "var vml = false;"],
];

export function leafletPlugin(): Plugin {
  return {
    name: "leaflet",
    enforce: "pre",
    config: () => ({ resolve: { alias: [{ find: /^leaflet$/, replacement: SOURCE }] } }),
    transform: (source, id) => (id.endsWith(SOURCE) ? { code: withoutProbes(source), map: null } : null),
  };
}

/** Throws where a probe is not as it is known: another version has to be looked at by a person. */
export function withoutProbes(source: string): string {
  return PROBES.reduce((code, [name, probe, answer]) => {
    if (!probe.test(code)) throw new Error(`this is not the Leaflet that is known: no probe of ${name}`);
    return code.replace(probe, answer);
  }, source);
}
