/**
 * Lets the app import a gettext catalogue: `import catalogue from "….po"`, each locale in its own lazy chunk.
 * What only lazy screens say comes with the first of them, from "….po?later": it weighs nothing on the way to a patrol.
 */
import { readFile } from "node:fs/promises";
import { po } from "gettext-parser";
import type { Plugin } from "vite";
import { wordContexts } from "./kinds-plugin.ts";

/** The server's own messages stay on the server. */
const FOR_THE_APP = /\.tsx?\b|sync\/(kinds|measures)\.json|sync\/problems\.json/;

/** Screens that are fetched when they are first opened (`lazy` in `screens/app.tsx`), and the words that only they use. */
const LAZY_SCREENS =
  /frontend\/src\/(components\/(help\/(managing|pages|panel|reading|recording)|tour\/|training\/|browser-hints|came-back|loss-note|update-offer|draft-rows|lock-hint|my-week|pocket|photo-)|screens\/((areas|conflicts|feed|figures|forms|held|help|lock|map|others|record|recording|training)\/|(more|no-store|record-menu|sealed-file|sync)\.tsx))/;
const MEASURES = "sync/measures.json";
/** Of these the first load has no English either. */
const WORDS = wordContexts();
const isWord = ({ msgctxt = "", comments }: Entry): boolean =>
  WORDS.has(msgctxt) && (comments?.reference ?? "").split(/\s+/).every((place) => place === "sync/kinds.json");
/** What can only be said of a photo or of a sealed file, which lazy code alone has to do with. */
const LATER_PROBLEMS =
  /^problem\.(lock|unboxed|passkey|patrol-locked|another-patrol|pin-|row-damaged|unlock-|wrong-|photo-|checksum-wrong|offset-wrong|tus-unsupported|seal)/;
const LATER = "?later";
export type Part = "first" | "later";

interface Entry {
  readonly msgid: string;
  readonly msgctxt?: string;
  readonly msgstr: readonly string[];
  readonly comments?: { readonly reference?: string; readonly flag?: string };
}

export function poPlugin(): Plugin {
  return {
    name: "po",
    async load(id) {
      const path = id.endsWith(LATER) ? id.slice(0, -LATER.length) : id;
      if (!path.endsWith(".po")) return null;
      const part = path === id ? "first" : "later";
      return `export default ${JSON.stringify(readCatalogue(await readFile(path), part))};`;
    },
    generateBundle(_options, bundle) {
      const first = Object.values(bundle).filter((file) => file.type === "chunk" && file.isEntry);
      const names = first.flatMap((file) => (file.type === "chunk" ? [file.fileName, ...file.imports] : []));
      const modules = names.flatMap((name) => {
        const file = bundle[name];
        return file?.type === "chunk" ? file.moduleIds : [];
      });
      // A screen that came at once would not have its words yet.
      const early = modules.filter((id) => LAZY_SCREENS.test(id));
      if (early.length > 0) this.error(`not lazy, but its messages are: ${early.join(", ")}`);
    },
  };
}

export function readCatalogue(source: Buffer, part: Part): Record<string, readonly string[]> {
  const contexts = Object.values(po.parse(source).translations) as Record<string, Entry>[];
  const all = contexts.flatMap((context) => Object.values(context));
  const gaps = new Set(all.flatMap(({ msgctxt = "", msgid }) => (msgid.includes("%(") ? [`${msgctxt}.title`] : [])));
  const entries = all.filter((entry) => isWanted(entry) && isSaid(entry, gaps) && partOf(entry) === part);
  return Object.fromEntries(entries.map((entry) => [keyOf(entry), entry.msgstr]));
}

function isWanted(entry: Entry): boolean {
  const { msgid, msgstr, comments } = entry;
  const isFuzzy = comments?.flag?.includes("fuzzy") ?? false;
  // The run time falls back to the msgid, so English does not say everything twice.
  const isSame = msgstr.length === 1 && msgstr[0] === msgid && !isWord(entry) && !isProblem(entry);
  const isWhole = msgid !== "" && !isFuzzy && !isSame && msgstr.every(Boolean);
  return isWhole && FOR_THE_APP.test(comments?.reference ?? "");
}

/** The app has its code, and no sentence (`problems-plugin.ts`). */
const isProblem = ({ comments }: Entry): boolean => (comments?.reference ?? "").includes("sync/problems.json");

/** The title of a problem speaks only where its sentence has a gap that cannot be filled (`problems-plugin.ts`). */
function isSaid({ msgctxt = "" }: Entry, gaps: ReadonlySet<string>): boolean {
  return !/^problem\..*\.title$/.test(msgctxt) || gaps.has(msgctxt);
}

function partOf(entry: Entry): Part {
  const { comments, msgctxt = "" } = entry;
  if (LATER_PROBLEMS.test(msgctxt) || isWord(entry)) return "later";
  const places = (comments?.reference ?? "").split(/\s+/).filter((place) => FOR_THE_APP.test(place));
  return places.every((place) => LAZY_SCREENS.test(place) || place.startsWith(MEASURES)) ? "later" : "first";
}

/** A context has one msgid (`locales check` sees to it), so the context alone is the key: a third of the bytes less. */
function keyOf({ msgctxt, msgid }: Entry): string {
  return msgctxt ?? msgid;
}
