/** The only door to the service worker: registered through the one Trusted Types policy, updated only on request. */
interface ScriptPolicy {
  createScriptURL(url: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): ScriptPolicy;
}

export interface AppUpdate {
  /** Tells the waiting version to take over; the page reloads when it has. */
  apply(): void;
}

const WORKER_URL = "/sw.js";

/** `onReady` is told when a newer version waits. */
export function registerWorker(onReady: () => void): AppUpdate {
  const workers = (navigator as Partial<Navigator>).serviceWorker;
  let waiting: ServiceWorker | null = null;
  const offer = (worker: ServiceWorker | null) => {
    // Without a controller this is the first installation: there is nothing to update.
    if (!worker || !workers?.controller) return;
    waiting = worker;
    onReady();
  };
  workers
    ?.register(workerUrl(), { scope: "/", updateViaCache: "none" })
    .then((registration) => {
      offer(registration.waiting);
      // An installed app may stay open for weeks: look for a newer version whenever it comes to the front.
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "visible") registration.update().catch(() => undefined);
      });
      registration.addEventListener("updatefound", () => {
        const installing = registration.installing;
        installing?.addEventListener("statechange", () => {
          if (installing.state === "installed") offer(installing);
        });
      });
    })
    // Private windows refuse workers: the app then works online only.
    .catch(() => undefined);
  return {
    apply: () => {
      workers?.addEventListener("controllerchange", () => location.reload(), { once: true });
      waiting?.postMessage("skip-waiting");
    },
  };
}

/** The page's policy demands a trusted URL; browsers without Trusted Types take the text. */
function workerUrl(): string {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  const policy = factory?.createPolicy("swurl", {
    createScriptURL: (url) => {
      if (url !== WORKER_URL) throw new TypeError("not the service worker of this app");
      return url;
    },
  });
  return (policy?.createScriptURL(WORKER_URL) ?? WORKER_URL) as string;
}
