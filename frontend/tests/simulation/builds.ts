/** The app as its source says, or with a few lines of it replaced: the next version of it, or a fault that must be caught. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type * as EngineModule from "../../src/engine/engine.ts";
import type * as SessionStoreModule from "../../src/store/session-store.ts";

export interface Replacement {
  /** Below `src/`. */
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
}

/** Faults by name, each a mistake that somebody might make; the simulation must notice every one. */
export const FAULTS: Readonly<Record<string, readonly Replacement[]>> = {
  "purge-unsent": [
    {
      file: "store/apply-partitions.ts",
      from: '  await tx.objectStore("cursors").delete(partition);\n',
      to: `  await tx.objectStore("cursors").delete(partition);
  for (const row of await tx.objectStore("outbox").getAll())
    if (row.operation.partition === partition) await tx.objectStore("outbox").delete(row.n);\n`,
    },
  ],
  "cursor-first": [
    {
      file: "sync/round.ts",
      from: "  return await store.apply(answer, { wallMs, offsetMs });",
      to: `  await store.write(async (tx) => {
    for (const [partition, { cursor }] of Object.entries(answer.pull)) {
      const row = await tx.objectStore("cursors").get(partition);
      if (row) await tx.objectStore("cursors").put({ ...row, cursor });
    }
  });
  return await store.apply(answer, { wallMs, offsetMs });`,
    },
  ],
  "receipt-apart": [
    {
      file: "sync/round.ts",
      from: "  return await store.apply(answer, { wallMs, offsetMs });",
      to: `  await store.write(async (tx) => {
    for (const { n } of answer.receipts) await tx.objectStore("outbox").delete(n);
  });
  return await store.apply(answer, { wallMs, offsetMs });`,
    },
  ],
  "number-apart": [
    {
      file: "store/save.ts",
      from: '  await writeMeta(tx, "next_n", n + 1);\n',
      to: '  if (n % 7 !== 0) await writeMeta(tx, "next_n", n + 1);\n',
    },
  ],
};

/** The version after this one: operations carry `schema`, and the store has grown by what it does not use yet. */
export function nextVersion(schema: number): readonly Replacement[] {
  return [
    { file: "sync/core/limits.ts", from: /(export const SCHEMA =) 1;/, to: `$1 ${schema};` },
    { file: "store/schema.ts", from: /(export const SCHEMA_VERSION =) (\d+);/, to: `$1 $2 + ${schema - 1};` },
    {
      file: "store/schema.ts",
      from: /(export function upgradeDevice\([^)]*\): void \{\n)/,
      to: `$1  if (!db.objectStoreNames.contains("later" as never)) db.createObjectStore("later" as never);\n`,
    },
  ];
}

export interface Build {
  readonly createEngine: typeof EngineModule.createEngine;
  readonly openSessionStore: typeof SessionStoreModule.openSessionStore;
}

const SOURCE = new URL("../../src/", import.meta.url).href;
const replacements = new Map<string, readonly Replacement[]>();
const builds = new Map<string, Promise<Build>>();

/** Each build is a module graph of its own, told from the others by the query of its addresses. */
export function loadBuild(name: string, changes: readonly Replacement[] = []): Promise<Build> {
  replacements.set(name, changes);
  const known = builds.get(name) ?? importBuild(name);
  builds.set(name, known);
  return known;
}

async function importBuild(name: string): Promise<Build> {
  const address = (path: string) => `${SOURCE}${path}?build=${encodeURIComponent(name)}`;
  const { createEngine } = (await import(address("engine/engine.ts"))) as typeof EngineModule;
  const { openSessionStore } = (await import(address("store/session-store.ts"))) as typeof SessionStoreModule;
  return { createEngine, openSessionStore };
}

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    const build = context.parentURL === undefined ? null : new URL(context.parentURL).searchParams.get("build");
    if (build === null || !found.url.startsWith(SOURCE)) return found;
    return { ...found, url: `${found.url.split("?")[0]}?build=${encodeURIComponent(build)}` };
  },
  load: (url, context, next) => {
    const { searchParams, pathname } = new URL(url);
    // The app's bundler reads JSON without being told that it is JSON; Node wants to be told.
    if (pathname.endsWith(".json"))
      return { format: "json", source: readFileSync(fileURLToPath(url)), shortCircuit: true };
    const build = searchParams.get("build");
    const changes = build === null ? [] : (replacements.get(build) ?? []);
    const own = changes.filter(({ file }) => url.startsWith(`${SOURCE}${file}?`));
    if (own.length === 0) return next(url, context);
    return {
      format: "module-typescript",
      source: own.reduce(replace, readFileSync(fileURLToPath(url), "utf8")),
      shortCircuit: true,
    };
  },
});

function replace(text: string, { file, from, to }: Replacement): string {
  const found =
    typeof from === "string" ? text.split(from).length - 1 : [...text.matchAll(new RegExp(from, "g"))].length;
  if (found !== 1) throw new Error(`${file} has changed: mend what replaces a part of it`);
  return typeof from === "string" ? text.replace(from, () => to) : text.replace(from, to);
}
