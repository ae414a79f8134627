/** Names in the page what the first screen needs, so that nothing of it waits for something else to have arrived. */
import type { Plugin } from "vite";

/** Vite's own run time looks for styles of lazy chunks, of which there are none (`cssCodeSplit` is off). */
const HELPER = "\0vite/preload-helper.js";

/** `alsoNeeded`: the source of the catalogue that most people read, which is imported lazily. */
export function preloadPlugin(alsoNeeded: RegExp): Plugin {
  return {
    name: "preload",
    apply: "build",
    enforce: "pre",
    load: (id) => (id === HELPER ? "export const __vitePreload = (load) => load();" : null),
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle = {}, chunk }) => {
        const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
        const lazy = chunks.filter((file) => alsoNeeded.test(file.facadeModuleId ?? "")).map((file) => file.fileName);
        return [...(chunk?.imports ?? []), ...lazy].map((fileName) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `/${fileName}` },
          injectTo: "head" as const,
        }));
      },
    },
  };
}
