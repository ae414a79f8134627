/** In the place of a screen that training has not: what sends, what others wrote, the lock and the account. */
import { Warning } from "../../components/notice.tsx";
import { Screen } from "../../components/screen.tsx";
import { pgettext } from "../../i18n/index.ts";

/** What makes, lists and shows records of the phone's own store, and help. */
const OPEN = /^\/(|record(\/[a-z_]+)?|patrol\/(details|end)|list|records\/[^/]+|tour|help(\/.*)?)$/;

/** Pure. */
export const isForTraining = (path: string): boolean => OPEN.test(path);

export const Closed = ({ leave }: { leave: () => void }) => (
  <Screen title={pgettext("ui.training", "Training mode")} help="training">
    <Warning>
      {pgettext(
        "training.closed",
        "This screen is not used in training. Choose one from the bar below, or leave training.",
      )}
    </Warning>
    <button type="button" onClick={leave}>
      {pgettext("training.leave", "Leave training")}
    </button>
  </Screen>
);
