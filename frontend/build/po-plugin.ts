/** Lets the app import a gettext catalogue: `import catalogue from "….po"`, each locale in its own lazy chunk. */
import { readFile } from "node:fs/promises";
import { po } from "gettext-parser";
import type { Plugin } from "vite";

/** The server's own messages stay on the server. */
const FOR_THE_APP = /\.tsx?\b|sync\/(kinds|measures)\.json|sync\/problems\.json/;

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
      if (!id.endsWith(".po")) return null;
      return `export default ${JSON.stringify(readCatalogue(await readFile(id)))};`;
    },
  };
}

export function readCatalogue(source: Buffer): Record<string, readonly string[]> {
  const contexts = Object.values(po.parse(source).translations) as Record<string, Entry>[];
  const entries = contexts.flatMap((context) => Object.values(context)).filter(isWanted);
  return Object.fromEntries(entries.map((entry) => [keyOf(entry), entry.msgstr]));
}

function isWanted({ msgid, msgstr, comments }: Entry): boolean {
  const isFuzzy = comments?.flag?.includes("fuzzy") ?? false;
  // The run time falls back to the msgid, so English does not say everything twice.
  const isSame = msgstr.length === 1 && msgstr[0] === msgid;
  const isWhole = msgid !== "" && !isFuzzy && !isSame && msgstr.every(Boolean);
  return isWhole && FOR_THE_APP.test(comments?.reference ?? "");
}

/** A context has one msgid (`locales check` sees to it), so the context alone is the key: a third of the bytes less. */
function keyOf({ msgctxt, msgid }: Entry): string {
  return msgctxt ?? msgid;
}
