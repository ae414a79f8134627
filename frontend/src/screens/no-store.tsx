/** Instead of the app, when the phone will not open what is stored on it: most often because its disk is full. */
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { Screen } from "../components/screen.tsx";
import { loadLater, loadLocale, pgettext } from "../i18n/index.ts";
import { isStorageFull } from "../store/connection.ts";
import { type Sessions, tryStores } from "../store/trial.ts";

const TRY_MS = 5_000;

export async function showNoStore(root: HTMLElement, thrown: unknown, sessions: Sessions): Promise<void> {
  await loadLocale("vi");
  await loadLater();
  render(<NoStore isFull={isStorageFull(thrown)} opens={() => tryStores(sessions)} />, root);
}

function NoStore({ isFull, opens }: { isFull: boolean; opens: () => Promise<unknown> }) {
  useEffect(() => {
    if (!isFull) return;
    // Somebody comes back from deleting photos, and finds the app open.
    const timer = setInterval(() => void opens().then(openAgain, () => undefined), TRY_MS);
    return () => clearInterval(timer);
  }, [isFull]);
  return (
    <div class="frame frame-alone">
      <div class="page">
        <main id="main" tabIndex={-1}>
          <p class="brand">{pgettext("ui.app", "Địa bàn")}</p>
          <Screen title={isFull ? pgettext("no_store.full", "The device is full") : titleOfOther()} help="no-store">
            <p class="notice notice-error" role="alert">
              {isFull ? textOfFull() : textOfOther()}
            </p>
            <div class="form-actions">
              <button type="button" class="primary" onClick={openAgain}>
                {pgettext("no_store.open", "Open the app again")}
              </button>
            </div>
          </Screen>
        </main>
      </div>
    </div>
  );
}

const openAgain = () => location.reload();

const textOfFull = () =>
  pgettext(
    "no_store.full_detail",
    "The records on this device cannot be opened because it is full. What was saved is still there. Delete other photos or files; the app opens by itself once there is room, or press “Open the app again”.",
  );

const titleOfOther = () => pgettext("no_store.other", "The records on this device cannot be opened");

const textOfOther = () =>
  pgettext(
    "no_store.other_detail",
    "The records on this device cannot be opened now. Nothing was deleted. Close the app and open it again; if it recurs, tell the administrator.",
  );
