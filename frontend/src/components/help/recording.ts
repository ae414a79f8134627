/** Help for whoever makes records. */
import { pgettext } from "../../i18n/index.ts";
import type { HelpPages } from "./pages.ts";

export const RECORDING: HelpPages = {
  home: {
    title: () => pgettext("ui.home", "Home"),
    steps: () => [
      pgettext(
        "help.home_1",
        "Press “Start patrol” when the shift begins. The time is kept at once, with or without a network.",
      ),
      pgettext("help.home_2", "While a patrol is open, press “Record an incident” for each incident."),
      pgettext("help.home_3", "Press “End patrol” when the shift is over, enter the results and save."),
      pgettext("help.home_4", "“Pocket mode” keeps the screen dark and on, and takes no touch but one long pull."),
      pgettext("help.home_5", "A form that was not saved stands under “Not saved yet”. Open it and go on."),
    ],
  },
  record: {
    title: () => pgettext("ui.record", "Record"),
    steps: () => [
      pgettext("help.record_1", "Choose what was done. One form is one record."),
      pgettext("help.record_2", "Record while it is fresh. No network is needed."),
      pgettext("help.record_3", "A patrol that stands in the paper book only is entered with “Enter a past patrol”."),
    ],
  },
  "record/activity": {
    title: () => pgettext("help.any_form", "Any form"),
    steps: () => [
      pgettext(
        "help.form_1",
        "Fill in what is known. A number that is not known stays empty; an empty number is not zero.",
      ),
      pgettext("help.form_2", "“Same as last time” fills in what repeats. Look at it before saving."),
      pgettext(
        "help.form_3",
        "What is entered is kept as a draft at once. Whoever leaves the form finds it again on the first screen.",
      ),
      pgettext("help.form_4", "Press “Save”. For 10 seconds one tap on “Undo” takes it back."),
    ],
  },
  "record/outreach": {
    title: () => pgettext("ui.outreach_new", "Record outreach"),
    steps: () => [
      pgettext("help.outreach_1", "Choose the channel and the topics. Several may be chosen."),
      pgettext("help.outreach_2", "Enter how many people attended. Count people, write no names."),
      pgettext(
        "help.outreach_3",
        "Leaflets that were handed out there are entered in the same form; they become a record of their own.",
      ),
    ],
  },
  "record/meeting": {
    title: () => pgettext("ui.meeting_new", "Record a group meeting"),
    steps: () => [
      pgettext(
        "help.meeting_1",
        "Choose the group and who chaired. Enter how many households were invited and how many came.",
      ),
      pgettext("help.meeting_2", "Write each proposal of the residents in a row of its own, without names."),
      pgettext("help.meeting_3", "Do not photograph residents' faces or papers."),
    ],
  },
  "record/incident": {
    title: () => pgettext("ui.incident_new", "Record an incident"),
    steps: () => [
      pgettext("help.incident_1", "Choose what it was and what was done about it. The usual answers stand first."),
      pgettext(
        "help.incident_2",
        "While a patrol is open the incident belongs to it. Take the tick away if it does not.",
      ),
      pgettext(
        "help.incident_3",
        "Do not write names, ID numbers, phone numbers, addresses or plates. If the app points at one, take it out.",
      ),
    ],
  },
  "record/patrol": {
    title: () => pgettext("ui.patrol_late", "Enter a past patrol"),
    steps: () => [
      pgettext("help.past_1", "Enter the start and the end as they stand in the paper book."),
      pgettext("help.past_2", "After midnight choose the next day for the end."),
      pgettext("help.past_3", "Then the route and how many took part."),
    ],
  },
  "record/handout": {
    title: () => pgettext("ui.handout_new", "Record a leaflet hand-out"),
    steps: () => [
      pgettext("help.handout_1", "Choose the leaflet, enter how many were handed out and to how many households."),
      pgettext("help.handout_2", "Choose the place. Places of the last records stand first."),
      pgettext("help.handout_3", "Leaflets of an outreach session are entered in the form of that session, not here."),
    ],
  },
  "record/support": {
    title: () => pgettext("ui.support_new", "Record reintegration work"),
    steps: () => [
      pgettext(
        "help.support_1",
        "Enter numbers only. This form has no place and no photo, so that nobody can be told from it.",
      ),
      pgettext("help.support_2", "Numbers of people are those at the end of the period, not sums."),
    ],
  },
  "patrol/end": {
    title: () => pgettext("ui.patrol_results", "Patrol results"),
    steps: () => [
      pgettext("help.end_1", "Look at the end; correct it if the shift ended earlier."),
      pgettext("help.end_2", "Enter the place, the route and how many took part."),
      pgettext("help.end_3", "Press “Save”. The patrol is ended only then."),
    ],
  },
  "patrol/details": {
    title: () => pgettext("ui.patrol_details", "Area, people, route"),
    steps: () => [
      pgettext("help.details_1", "Fill these in while the patrol goes on; what was used lately stands first."),
      pgettext("help.details_2", "Enter numbers of people only, never names."),
    ],
  },
  training: {
    title: () => pgettext("ui.training", "Training mode"),
    steps: () => [
      pgettext("help.training_1", "Press “Begin training” and practise as on a real shift."),
      pgettext("help.training_2", "What is practised is never sent and never counted. It is deleted when you leave."),
      pgettext("help.training_3", "A striped bar stands on every screen. Press “Leave training” before real work."),
      pgettext("help.training_4", "If the app is closed or reloaded, it opens in the real mode and says so."),
    ],
  },
};
