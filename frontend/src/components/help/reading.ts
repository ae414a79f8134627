/** Help for looking at records, sending them and keeping the phone safe. */
import { pgettext } from "../../i18n/index.ts";
import type { HelpPages } from "./pages.ts";

export const READING: HelpPages = {
  list: {
    title: () => pgettext("ui.list", "List"),
    steps: () => [
      pgettext("help.list_1", "Type a few letters to search; marks and tones are not needed."),
      pgettext(
        "help.list_2",
        "The word beside a record says where it stands: waiting to send, sending, or received by the server.",
      ),
      pgettext("help.list_3", "Tap a record to read, correct or void it."),
    ],
  },
  records: {
    title: () => pgettext("ui.record_page", "Record details"),
    steps: () => [
      pgettext("help.records_1", "“Correct” changes what is wrong. The old value stays in the history."),
      pgettext(
        "help.records_2",
        "“Void the record” takes a wrong record out of the figures. Give a reason; it can be restored.",
      ),
      pgettext(
        "help.records_3",
        "Where two values stand for one field, see who wrote them and when, then choose the right one.",
      ),
    ],
  },
  sync: {
    title: () => pgettext("ui.sync_title", "Data sync"),
    steps: () => [
      pgettext("help.sync_1", "Records go by themselves when there is a network. “Send now” tries at once."),
      pgettext(
        "help.sync_2",
        "“Received by the server” means that the server has the record. Until then keep the app on the phone.",
      ),
      pgettext(
        "help.sync_3",
        "If the phone cannot send, export the unsent records to a file and hand it in from another phone of the unit.",
      ),
      pgettext("help.sync_4", "What needs attention stands below. Open it and follow what it says."),
    ],
  },
  more: {
    title: () => pgettext("ui.more", "More"),
    steps: () => [
      pgettext("help.more_1", "The other screens, the language, help and training are here."),
      pgettext("help.more_2", "Send everything before signing out: signing out clears this phone."),
    ],
  },
  "sign-in": {
    title: () => pgettext("ui.sign_in", "Sign in"),
    steps: () => [
      pgettext("help.sign_in_1", "The first sign-in on a phone needs a network. Wi-Fi is best."),
      pgettext("help.sign_in_2", "Enter the username and the password that the administrator gave you."),
      pgettext("help.sign_in_3", "If the session has expired, recording still works. Sign in again to send."),
    ],
  },
  lock: {
    title: () => pgettext("lock.title", "Lock of this device"),
    steps: () => [
      pgettext("help.lock_1", "Set a lock, so that whoever finds the phone cannot read what is on it."),
      pgettext("help.lock_2", "A fingerprint or a long passphrase is better than a PIN."),
      pgettext(
        "help.lock_3",
        "Nobody can look up a forgotten secret. Then sign in with the password: what waits is sent, drafts are lost.",
      ),
    ],
  },
  unlock: {
    title: () => pgettext("lock.locked", "The app is locked"),
    steps: () => [
      pgettext("help.unlock_1", "Unlock the app to read and to send."),
      pgettext(
        "help.unlock_2",
        "Recording works while it is locked: choose what to record on this screen or under “Record”.",
      ),
    ],
  },
  users: {
    title: () => pgettext("others.title", "Switch user"),
    steps: () => [
      pgettext("help.users_1", "Each person has records and a lock of their own on a shared phone."),
      pgettext("help.users_2", "Choose who comes next; they open it with their own lock, without a network."),
      pgettext("help.users_3", "What waits of the others is sent in their names."),
    ],
  },
  map: {
    title: () => pgettext("map.title", "Map"),
    steps: () => [
      pgettext("help.map_1", "Where this phone's records lie, with the unit's boundary where the server knows it."),
      pgettext("help.map_2", "It needs no network. Your own position is asked for only when you tap the button."),
    ],
  },
  feed: {
    title: () => pgettext("ui.feed_title", "Activity feed"),
    steps: () => [
      pgettext("help.feed_1", "What the unit has recorded, the newest first. It needs a network."),
      pgettext("help.feed_2", "Filter by area, kind and day. Tap an entry to read the record."),
    ],
  },
  figures: {
    title: () => pgettext("ui.figures_title", "Summary figures"),
    steps: () => [
      pgettext("help.figures_1", "Choose the period, the area and how the rows are divided. It needs a network."),
      pgettext("help.figures_2", "Tap a number to see the records behind it."),
      pgettext(
        "help.figures_3",
        "See how many phones have sent before using a number: what was not sent is not in it.",
      ),
    ],
  },
  "not-found": {
    title: () => pgettext("ui.not_found", "Not found"),
    steps: () => [
      pgettext(
        "help.not_found_1",
        "The address leads nowhere, or your role does not use this screen. Go home and choose from the bar.",
      ),
    ],
  },
  "no-store": {
    title: () => pgettext("no_store.other", "The records on this device cannot be opened"),
    steps: () => [
      pgettext("help.no_store_1", "Do not delete the app or its data: what was saved is still there."),
      pgettext("help.no_store_2", "Make room on the phone, then open the app again."),
    ],
  },
};
