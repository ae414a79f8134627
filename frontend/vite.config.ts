import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { compressPlugin } from "./build/compress-plugin.ts";
import { firstLoad } from "./build/first-load.ts";
import { kindsPlugin } from "./build/kinds-plugin.ts";
import { leafletPlugin } from "./build/leaflet-plugin.ts";
import { poPlugin } from "./build/po-plugin.ts";
import { preloadPlugin } from "./build/preload-plugin.ts";
import { problemsPlugin } from "./build/problems-plugin.ts";
import { serviceWorkerPlugin } from "./build/service-worker-plugin.ts";

const PUBLIC_FILES = [
  "/manifest.webmanifest",
  "/icons/icon-192.png",
  "/icons/icon-512.png",
  "/icons/icon-maskable-512.png",
];

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [
    poPlugin(),
    kindsPlugin(),
    problemsPlugin(),
    leafletPlugin(),
    preloadPlugin(/locales\/vi\/.*\.po$/),
    serviceWorkerPlugin(fileURLToPath(new URL("src/service-worker.ts", import.meta.url)), PUBLIC_FILES),
    compressPlugin(),
  ],
  build: {
    outDir: "../backend/static/app",
    emptyOutDir: true,
    manifest: true,
    target: ["chrome111", "firefox115", "safari16.4"],
    // The page's policy allows no inline script, no inlined file and no script URL but the worker's.
    // The preload plugin does what Vite's own preloading would, without a run time.
    modulePreload: false,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: firstLoad, debugName: "first load" }] } } },
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  test: {
    include: ["src/**/*.test.{ts,tsx}", "tests/**/*.test.{ts,tsx}"],
    environment: "node",
    restoreMocks: true,
  },
});
