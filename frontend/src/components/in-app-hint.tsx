/** Sends people out of a window that belongs to another app, before they sign in there or record anything. */
import { pgettext } from "../i18n/index.ts";
import { thisBrowser } from "../platform/browser-kind.ts";
import { Warning } from "./notice.tsx";

export function InAppHint() {
  if (thisBrowser() !== "in-app") return null;
  return (
    <Warning>
      {pgettext(
        "browser.in_app",
        "This window belongs to another app and keeps nothing for sure. Open its menu and choose “Open in Chrome”, or copy %(address)s into a browser.",
        { address: location.origin },
      )}
    </Warning>
  );
}
