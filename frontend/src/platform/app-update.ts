/** The only door to the service worker: updated only on request. */
import { scriptUrl } from "./script-url.ts";

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
    ?.register(scriptUrl(WORKER_URL), { scope: "/", updateViaCache: "none" })
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
