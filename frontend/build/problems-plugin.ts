/** Of the catalogue of problems the app needs only what `problemSentence` says; the rest is the server's. */
import type { Plugin } from "vite";

const CATALOGUE = "sync/problems.json";

interface Sentences {
  readonly title: string;
  readonly detail: string;
}

export function problemsPlugin(): Plugin {
  return {
    name: "problems",
    enforce: "pre",
    transform: (source, id) => (id.endsWith(CATALOGUE) ? sentencesOf(source) : null),
  };
}

/** The title speaks only where the detail has a gap that cannot be filled. */
export function sentencesOf(source: string): string {
  const { problems } = JSON.parse(source) as { problems: Record<string, Sentences> };
  const entries = Object.entries(problems).map(([code, { title, detail }]) => [
    code,
    detail.includes("%(") ? { title, detail } : { detail },
  ]);
  return JSON.stringify({ problems: Object.fromEntries(entries) });
}
