/** Composition root: the device, the store, the engine, the screens. Starts from what is stored, without a network. */
import { h, render } from "preact";
import { createEngine } from "./engine/engine.ts";
import { loadLocale } from "./i18n/index.ts";
import { devicePlatform } from "./platform/platform.ts";
import { App } from "./screens/app.tsx";
import { openSessionStore } from "./store/session-store.ts";

async function start(root: HTMLElement): Promise<void> {
  const sessions = openSessionStore();
  try {
    const engine = await createEngine({ platform: devicePlatform(), sessions, loadLocale });
    render(h(App, { engine }), root);
  } catch (thrown) {
    const { showNoStore } = await import("./screens/no-store.tsx");
    await showNoStore(root, thrown, sessions);
  }
}

const root = document.getElementById("app");
if (root) void start(root);
