/** All help together, and one page of it. */

import { MANAGING } from "../../components/help/managing.ts";
import { type HelpPages, pageOf } from "../../components/help/pages.ts";
import { AllHelp, HelpSteps } from "../../components/help/panel.tsx";
import { READING } from "../../components/help/reading.ts";
import { RECORDING } from "../../components/help/recording.ts";
import { LinkRows } from "../../components/link-rows.tsx";
import { Screen } from "../../components/screen.tsx";
import { pgettext } from "../../i18n/index.ts";
import { NotFound } from "../not-found.tsx";

/** Pages of screens that have no address of their own are opened where they are needed. */
const WITHOUT_ADDRESS = new Set(["not-found", "no-store", "unlock"]);

const rowsOf = (pages: HelpPages) =>
  Object.entries(pages)
    .filter(([name]) => !WITHOUT_ADDRESS.has(name))
    .map(([name, { title }]) => ({ to: `/help/${name}`, icon: "help" as const, label: title() }));

export function Help() {
  const tour = { to: "/tour", icon: "help" as const, label: pgettext("tour.title", "A quick tour") };
  return (
    <Screen title={pgettext("ui.help", "Help")} help={null}>
      <LinkRows links={[tour]} />
      <h2>{pgettext("help.recording", "Recording")}</h2>
      <LinkRows links={rowsOf(RECORDING)} />
      <h2>{pgettext("help.reading", "Reading, sending and keeping safe")}</h2>
      <LinkRows links={rowsOf(READING)} />
      <h2>{pgettext("help.managing", "Deciding and managing")}</h2>
      <LinkRows links={rowsOf(MANAGING)} />
    </Screen>
  );
}

export function HelpScreen({ name }: { name: string }) {
  const page = pageOf(name);
  if (!page) return <NotFound />;
  return (
    <Screen title={pgettext("help.title", "Help: %(screen)s", { screen: page.title() })} help={null}>
      <section class="card">
        <HelpSteps name={name} />
      </section>
      <AllHelp />
    </Screen>
  );
}
