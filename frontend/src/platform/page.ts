/** The only door to what the page is told from outside: network, visibility, timers, other tabs. */
export interface Page {
  isVisible(): boolean;
  /** The browser's own guess; only `false` is worth anything. */
  isOnline(): boolean;
  onOnline(act: () => void): () => void;
  onOffline(act: () => void): () => void;
  onVisible(act: () => void): () => void;
  after(delayMs: number, act: () => void): () => void;
  channel(name: string, onMessage: (message: unknown) => void): { send(message: unknown): void; close(): void };
}

export const devicePage: Page = {
  isVisible: () => document.visibilityState === "visible",
  isOnline: () => navigator.onLine,
  onOnline: (act) => listen(window, "online", act),
  onOffline: (act) => listen(window, "offline", act),
  onVisible: (act) => listen(document, "visibilitychange", () => document.visibilityState === "visible" && act()),
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
  channel: (name, onMessage) => {
    if (typeof BroadcastChannel === "undefined") return { send: () => undefined, close: () => undefined };
    const channel = new BroadcastChannel(name);
    channel.onmessage = (event) => onMessage(event.data);
    return { send: (message) => channel.postMessage(message), close: () => channel.close() };
  },
};

function listen(target: EventTarget, name: string, act: () => void): () => void {
  target.addEventListener(name, act);
  return () => target.removeEventListener(name, act);
}
