/** A form cannot know where its record belongs before the first sync has named the unit. */
import { Warning } from "../components/notice.tsx";
import { Screen } from "../components/screen.tsx";
import { pgettext } from "../i18n/index.ts";

export const NoUnit = ({ title }: { title: string }) => (
  <Screen title={title}>
    <Warning>{pgettext("ui.no_unit", "The unit of this account is not known yet. Go online and sync once.")}</Warning>
  </Screen>
);
