/** What can be done while a patrol goes on, one tap each; nothing of it has to be. */
import { pgettext } from "../i18n/index.ts";
import { navigate } from "../screens/router.ts";
import { useEngine } from "./engine-context.ts";
import { TrackPart } from "./track-part.tsx";

export function OnPatrol() {
  const isTracked = useEngine().session.value?.isTracked === true;
  return (
    <>
      {isTracked && <TrackPart />}
      <p class="hint">{pgettext("ui.patrol_end_hold", "Hold for 1 second to end the patrol")}</p>
      <div class="two">
        <button type="button" onClick={() => navigate("/record/leg")}>
          {pgettext("ui.leg_new", "New leg")}
        </button>
        <button type="button" onClick={() => navigate("/patrol/details")}>
          {pgettext("ui.patrol_details", "Area, people, route")}
        </button>
      </div>
    </>
  );
}
