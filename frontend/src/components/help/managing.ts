/** Help for deciding what waits for a person, and for keeping the areas. */
import { pgettext } from "../../i18n/index.ts";
import type { HelpPages } from "./pages.ts";

export const MANAGING: HelpPages = {
  conflicts: {
    title: () => pgettext("ui.needs_attention", "Needs attention"),
    steps: () => [
      pgettext(
        "help.conflicts_1",
        "Two people have written different values. All of them are kept until somebody chooses.",
      ),
      pgettext("help.conflicts_2", "See who wrote each value and when, ask if need be, then choose the right one."),
    ],
  },
  held: {
    title: () => pgettext("ui.held", "Held by the server"),
    steps: () => [
      pgettext("help.held_1", "The server keeps these without counting them. The reason stands with each."),
      pgettext(
        "help.held_2",
        "“Release” counts it, “Close” sets it aside with a reason. The officer sees the decision.",
      ),
    ],
  },
  areas: {
    title: () => pgettext("ui.areas", "Areas"),
    steps: () => [
      pgettext("help.areas_1", "Hamlets and quarters lie in the commune, groups in a hamlet or quarter."),
      pgettext("help.areas_2", "Add one by name, or many from a file. A file is checked before anything is written."),
    ],
  },
};
