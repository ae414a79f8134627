/** Builds `src/service-worker.ts` to `/sw.js`, a URL that never changes, with the files of this build in it. */
import { createHash } from "node:crypto";
import { build, type Plugin } from "vite";

/** Compressed copies and Vite's own manifest are never asked for by name; the page is kept under "/". */
const NOT_CACHED = /\.(map|br|gz)$|^\.vite\//;

export function serviceWorkerPlugin(entry: string, publicFiles: readonly string[]): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    async generateBundle(_options, bundle) {
      const built = Object.values(bundle).filter((file) => !NOT_CACHED.test(file.fileName));
      const version = createHash("sha256");
      for (const file of built) version.update(file.fileName).update(file.type === "chunk" ? file.code : file.source);
      const paths = [...built.map((file) => `/${file.fileName}`), ...publicFiles];
      const define = {
        __PRECACHE__: JSON.stringify(paths.toSorted()),
        __VERSION__: JSON.stringify(version.digest("hex").slice(0, 12)),
      };
      const input = { input: entry, output: { format: "iife" as const } };
      const result = await build({
        configFile: false,
        publicDir: false,
        logLevel: "warn",
        define,
        build: { write: false, rolldownOptions: input },
      });
      const output = [result].flat().flatMap((one) => ("output" in one ? one.output : []));
      const worker = output.find((file) => file.type === "chunk");
      if (!worker) throw new Error("the service worker came out empty");
      this.emitFile({ type: "asset", fileName: "sw.js", source: worker.code });
    },
  };
}
