/** An address that leads nowhere, or to a screen that this role does not use. */
import { Screen } from "../components/screen.tsx";
import { pgettext } from "../i18n/index.ts";
import { problemSentence } from "../i18n/problems.ts";

const Dead = ({ title, code }: { title: string; code: string }) => (
  <Screen title={title} help="not-found">
    <p>{problemSentence(code)}</p>
    <p>
      <a class="link" href="/">
        {pgettext("ui.home", "Home")}
      </a>
    </p>
  </Screen>
);

export const NotFound = () => <Dead title={pgettext("ui.not_found", "Not found")} code="not-found" />;
export const NotAllowed = () => <Dead title={pgettext("ui.not_allowed", "Not allowed")} code="role-not-allowed" />;
