/** A newer version of the app: taken when somebody says so, and not while a patrol is under way. */
import { pgettext } from "../i18n/index.ts";
import { useEngine } from "./engine-context.ts";
import { useLive } from "./use-live.ts";

export const UpdateOffer = () => (useEngine().status.value.updateReady ? <Offer /> : null);

function Offer() {
  const engine = useEngine();
  // Where nobody can tell, as on a locked phone, there may be one.
  const isOut = useLive(() =>
    engine.openPatrol().then(
      (patrol) => patrol !== null,
      () => true,
    ),
  );
  if (isOut === undefined) return null;
  return (
    <section class="notice">
      <p>
        {isOut
          ? pgettext("update.later", "A newer version is ready. Take it when the patrol is over.")
          : pgettext("update.ready", "A newer version is ready. Nothing on this device is lost by taking it.")}
      </p>
      {!isOut && (
        <div class="buttons">
          <button type="button" onClick={() => engine.applyUpdate()}>
            {pgettext("ui.update", "Update the app")}
          </button>
        </div>
      )}
    </section>
  );
}
