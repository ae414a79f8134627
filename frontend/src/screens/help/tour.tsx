/** The tour again, for whoever wants to read it once more. */
import { Screen } from "../../components/screen.tsx";
import { TourCards } from "../../components/tour/cards.tsx";
import { pgettext } from "../../i18n/index.ts";
import { navigate } from "../router.ts";

export const Tour = () => (
  <Screen title={pgettext("tour.title", "A quick tour")} help={null}>
    <TourCards onEnd={() => navigate("/help")} />
  </Screen>
);
