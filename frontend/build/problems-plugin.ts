/**
 * Of the catalogue of problems the app needs the codes alone: its sentences come with the language, English too. The
 * rest is the server's.
 */
import type { Plugin } from "vite";

const CATALOGUE = "sync/problems.json";

export function problemsPlugin(): Plugin {
  return {
    name: "problems",
    apply: "build",
    enforce: "pre",
    transform: (source, id) => (id.endsWith(CATALOGUE) ? codesOf(source) : null),
  };
}

export function codesOf(source: string): string {
  const { problems } = JSON.parse(source) as { problems: object };
  return JSON.stringify({ problems: Object.fromEntries(Object.keys(problems).map((code) => [code, {}])) });
}
