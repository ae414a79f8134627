/** What to do on one screen, in a few short sentences. */
import { useContext } from "preact/hooks";
import { pgettext } from "../../i18n/index.ts";
import { EngineContext } from "../engine-context.ts";
import { pageOf } from "./pages.ts";

export const HelpSteps = ({ name }: { name: string }) => (
  <ol class="steps">
    {pageOf(name)
      ?.steps()
      .map((step) => (
        <li key={step}>{step}</li>
      ))}
  </ol>
);

export const AllHelp = () => (
  <p>
    <a class="link" href="/help">
      {pgettext("help.all", "All help pages")}
    </a>
  </p>
);

export function HelpPanel({ name }: { name: string }) {
  // Before anybody has signed in, and where the store does not open, there is no other screen to go to.
  const isSignedIn = useContext(EngineContext)?.session.value != null;
  return (
    <section class="card help" aria-label={pgettext("ui.help", "Help")}>
      <HelpSteps name={name} />
      {isSignedIn && <AllHelp />}
    </section>
  );
}
