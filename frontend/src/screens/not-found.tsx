/** An address that leads nowhere. */
import { Screen } from "../components/screen.tsx";
import { pgettext } from "../i18n/index.ts";
import { problemSentence } from "../i18n/problems.ts";

export const NotFound = () => (
  <Screen title={pgettext("ui.not_found", "Not found")}>
    <p>{problemSentence("not-found")}</p>
    <p>
      <a class="link" href="/">
        {pgettext("ui.home", "Home")}
      </a>
    </p>
  </Screen>
);
