/** Everything that is not in the bottom bar: the other screens, the language, signing out. */
import { useState } from "preact/hooks";
import { useEngine } from "../components/engine-context.ts";
import type { IconName } from "../components/icon.tsx";
import { LinkRows } from "../components/link-rows.tsx";
import { Screen } from "../components/screen.tsx";
import { VERSION } from "../components/version.ts";
import type { SyncStatus } from "../engine/contract.ts";
import { type Language, pgettext } from "../i18n/index.ts";
import { problemSentence, problemText } from "../i18n/problems.ts";
import { Authority } from "./authority.tsx";
import { linksFor, type ScreenLink } from "./links.ts";
import { type Role, records } from "./roles.ts";
import { navigate } from "./router.ts";

/** Each language is named in itself, so that it is found by someone who cannot read the other. */
const LANGUAGES: readonly (readonly [Language, string])[] = [
  ["vi", "Tiếng Việt"],
  ["en", "English"],
];

function Languages() {
  const engine = useEngine();
  return (
    <fieldset class="field choices">
      <legend>{pgettext("ui.language", "Language")}</legend>
      {LANGUAGES.map(([language, name]) => (
        <label class="choice" key={language}>
          <input
            type="radio"
            name="language"
            value={language}
            defaultChecked={engine.language.value === language}
            onChange={() => engine.setLanguage(language)}
          />
          <span lang={language}>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** What keeps somebody from leaving: each kind of thing with its number, none with a nought. */
function unsentSentence(status: SyncStatus): string {
  const { waitingRecords, waitingPhotos, refusedPhotos, draftPhotos, draftForms } = status;
  const photos = waitingPhotos + refusedPhotos + draftPhotos;
  const sentences = [
    waitingRecords > 0 ? problemSentence("unsent-remain", { n: waitingRecords }) : "",
    photos > 0
      ? pgettext(
          "sync.photos_unsent",
          "%(n)s photos are here alone. Send or remove them on the screen “Data sync” before signing out.",
          { n: photos },
        )
      : "",
    draftForms > 0
      ? pgettext(
          "sync.drafts_unsaved",
          "Drafts on this phone alone: %(n)s. Save or throw them away before signing out.",
          {
            n: draftForms,
          },
        )
      : "",
  ];
  return sentences.filter(Boolean).join(" ");
}

function SignOut() {
  const engine = useEngine();
  const [problem, setProblem] = useState<string | null>(null);
  const leave = async () => {
    const outcome = await engine.signOut();
    if (outcome.ok) navigate("/");
    else if (outcome.problem.code === "unsent-remain")
      setProblem(unsentSentence(engine.status.value) || problemSentence("unsent-remain"));
    else setProblem(problemText(outcome.problem));
  };
  return (
    <section>
      {problem && (
        <p class="notice notice-error" role="alert">
          {problem}
        </p>
      )}
      <button type="button" onClick={leave}>
        {pgettext("ui.sign_out", "Sign out")}
      </button>
    </section>
  );
}

/** Only who records has something to practise. */
function helpLinks(role: Role | undefined): readonly ScreenLink[] {
  const link = (to: string, icon: IconName, label: string) => ({ to, icon, label, isTab: false });
  return [
    link("/help", "help", pgettext("ui.help", "Help")),
    link("/tour", "help", pgettext("tour.title", "A quick tour")),
    ...(role && records(role) ? [link("/training", "record", pgettext("ui.training", "Training mode"))] : []),
  ];
}

const lockLink = (): ScreenLink => ({
  to: "/lock",
  icon: "patrol",
  label: pgettext("lock.title", "Lock of this device"),
  isTab: false,
});

const usersLink = (): ScreenLink => ({
  to: "/users",
  icon: "users",
  label: pgettext("others.title", "Switch user"),
  isTab: false,
});

const mapLink = (): ScreenLink => ({ to: "/map", icon: "areas", label: pgettext("map.title", "Map"), isTab: false });

export function More() {
  const engine = useEngine();
  const user = engine.session.value?.user;
  return (
    <Screen title={pgettext("ui.more", "More")}>
      <p>{[user?.name, user?.username].filter(Boolean).join(" · ")}</p>
      <LinkRows links={linksFor(user?.role).filter((link) => !link.isTab || link.to === "/")} />
      <LinkRows links={[mapLink(), lockLink(), usersLink(), ...helpLinks(user?.role)]} />
      <Languages />
      <SignOut />
      <Authority engine={engine} />
      <p class="quiet">
        {pgettext("ui.version", "App version")}: {VERSION}
      </p>
    </Screen>
  );
}
