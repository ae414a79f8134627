/** Keeps the app's own files so that it starts without a network. Records and answers are never cached here. */
declare const self: ServiceWorkerGlobalScope;
/** Put in by `build/service-worker-plugin.ts`: the files of this version, and its name. */
declare const __PRECACHE__: readonly string[];
declare const __VERSION__: string;

// A module to the type checker, so that its `self` is its own; nothing of this is left in the built worker.
export type {};

const CACHE = `diaban-${__VERSION__}`;
const PAGE = "/index.html";

self.addEventListener("install", (event) => {
  // One missing file fails the whole installation: half a version must never run.
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(__PRECACHE__.map(fresh))));
});

/** Hashed files never change; the page itself must not come from the HTTP cache. */
function fresh(path: string): Request {
  return new Request(path === PAGE ? "/" : path, { cache: path.startsWith("/assets/") ? "default" : "reload" });
}

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOldCaches().then(() => self.clients.claim()));
});

async function dropOldCaches(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith("diaban-") && name !== CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
}

self.addEventListener("message", (event) => {
  if (event.origin !== self.location.origin && event.origin !== "") return;
  if (event.data === "skip-waiting") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || request.headers.has("range")) return;
  if (url.pathname.startsWith("/api/")) return;
  if (request.mode === "navigate") event.respondWith(openPage(url));
  else event.respondWith(cachedOr(request));
});

/** The cached page for every path of the app; other documents (exports, health) come from the server. */
async function openPage(url: URL): Promise<Response> {
  const cache = await caches.open(CACHE);
  const isFile = /\.[a-z0-9]+$/.test(url.pathname);
  const page = isFile ? undefined : await cache.match("/");
  return page ?? (await fetch(url, { redirect: "manual" }));
}

async function cachedOr(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreVary: true })) ?? (await fetch(request));
}
