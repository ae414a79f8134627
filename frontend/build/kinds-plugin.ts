/**
 * The words of vocabularies are said by forms and records alone, which are fetched later: their English goes into the
 * English catalogue with the rest of what is said there, and the kinds carry no text for them on the first load.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const KINDS = "sync/kinds.json";

interface Words {
  readonly context: string;
  readonly label?: string;
}

interface Kinds {
  readonly vocabularies: Readonly<Record<string, Readonly<Record<string, Words>>>>;
  readonly kinds: Readonly<Record<string, Words & { readonly fields: Readonly<Record<string, Words>> }>>;
}

export function kindsPlugin(): Plugin {
  return {
    name: "kinds",
    apply: "build",
    enforce: "pre",
    transform: (source, id) => (id.endsWith(KINDS) ? withoutWords(source) : null),
  };
}

export function withoutWords(source: string): string {
  const all = JSON.parse(source) as Kinds;
  const bare = (words: Words) => ({ ...words, label: undefined });
  const vocabularies = mapped(all.vocabularies, (words) => mapped(words, bare));
  return JSON.stringify({ ...all, vocabularies });
}

/** Contexts of words that no kind and no field bears. */
export function wordContexts(): ReadonlySet<string> {
  const all = JSON.parse(readFileSync(fileURLToPath(new URL(`../../${KINDS}`, import.meta.url)), "utf-8")) as Kinds;
  const words = Object.values(all.vocabularies).flatMap((each) => Object.values(each));
  const titles = Object.values(all.kinds).flatMap((kind) => [kind, ...Object.values(kind.fields)]);
  const taken = new Set(titles.map(({ context }) => context));
  return new Set(words.map(({ context }) => context).filter((context) => !taken.has(context)));
}

function mapped<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
