/** The screens that a role can reach, in the order of the bar. Four are tabs on a phone; a desk shows them all. */
import type { IconName } from "../components/icon.tsx";
import { pgettext } from "../i18n/index.ts";
import { decides, managesAreas, oversees, type Role, records, seesFeed, seesFigures } from "./roles.ts";

export interface ScreenLink {
  readonly to: string;
  readonly label: string;
  readonly icon: IconName;
  readonly isTab: boolean;
}

export function linksFor(role: Role | undefined): readonly ScreenLink[] {
  if (role === undefined) return [];
  const link = (to: string, icon: IconName, label: string, isTab = false): ScreenLink => ({ to, icon, label, isTab });
  return [
    link("/", "home", pgettext("ui.home", "Home"), true),
    ...(records(role) ? [link("/record", "record", pgettext("ui.record", "Record"), true)] : []),
    link("/list", "list", pgettext("ui.list", "List"), true),
    link("/sync", "sync", pgettext("ui.sync", "Sync")),
    ...(seesFeed(role) ? [link("/feed", "feed", pgettext("ui.feed", "Feed"))] : []),
    ...(seesFigures(role) ? [link("/figures", "figures", pgettext("ui.figures", "Figures"))] : []),
    ...(managesAreas(role) ? [link("/areas", "areas", pgettext("ui.areas", "Areas"))] : []),
    ...(decides(role) ? [link("/conflicts", "held", pgettext("ui.needs_attention", "Needs attention"))] : []),
    ...(oversees(role) ? [link("/held", "waiting", pgettext("ui.held", "Held by the server"))] : []),
    link("/more", "more", pgettext("ui.more", "More"), true),
  ];
}
