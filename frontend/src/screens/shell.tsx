/** What stands around every screen: skip link, bar of links, sync bar, short messages, the notice at the foot. */
import type { ComponentChildren } from "preact";
import { useEngine } from "../components/engine-context.ts";
import { flash } from "../components/flash.ts";
import { Icon } from "../components/icon.tsx";
import { SyncBar } from "../components/sync-bar.tsx";
import { pgettext } from "../i18n/index.ts";
import { linksFor } from "./links.ts";
import { path } from "./router.ts";

function Bar() {
  const engine = useEngine();
  const here = path.value;
  const waiting = engine.status.value.waitingRecords;
  return (
    <nav class="bar" aria-label={pgettext("ui.navigation", "Main screens")}>
      <ul>
        {linksFor(engine.session.value?.user.role).map((link) => (
          <li key={link.to} class={link.isTab ? "tab" : "desk-only"}>
            <a href={link.to} {...(link.to === here && { "aria-current": "page" as const })}>
              <Icon name={link.icon} />
              <span>{link.label}</span>
              {link.to === "/list" && waiting > 0 && <span class="badge">{waiting}</span>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function Shell({ children, banner }: { children: ComponentChildren; banner?: ComponentChildren }) {
  const engine = useEngine();
  const isSignedIn = engine.session.value !== null;
  return (
    <div class={isSignedIn ? "frame" : "frame frame-alone"}>
      <a class="skip" href="#main">
        {pgettext("ui.skip", "Skip to content")}
      </a>
      {isSignedIn && <Bar />}
      <div class="page">
        {banner}
        {isSignedIn && (
          <header>
            <SyncBar />
          </header>
        )}
        <main id="main" tabIndex={-1}>
          {!isSignedIn && <p class="brand">{pgettext("ui.app", "Địa bàn")}</p>}
          <div class="flash" role="status">
            {flash.value && (
              <p class="notice notice-done">
                <Icon name="received" /> <span>{flash.value.text}</span>
                {flash.value.undo && (
                  <button type="button" onClick={flash.value.undo}>
                    {pgettext("ui.undo", "Undo")}
                  </button>
                )}
              </p>
            )}
          </div>
          {children}
        </main>
      </div>
    </div>
  );
}
