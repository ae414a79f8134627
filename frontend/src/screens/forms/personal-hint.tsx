/** Says while somebody writes that a text looks like personal data. One tap passes it, and saving never waits for it. */
import { useState } from "preact/hooks";
import { Warning } from "../../components/notice.tsx";
import { language, pgettext } from "../../i18n/index.ts";
import { problemSentence } from "../../i18n/problems.ts";
import { suspected } from "../../sync/core/personal.ts";

const WORDS: Readonly<Record<string, () => string>> = {
  id_number: () => pgettext("personal.id_number", "ID number"),
  phone: () => pgettext("personal.phone", "phone number"),
  plate: () => pgettext("personal.plate", "plate"),
  name_and_birth: () => pgettext("personal.name_and_birth", "name and birth year"),
};

/** What the free texts of a form may hold; choices, counts and times cannot. */
export function suspectedIn(form: HTMLFormElement): readonly string[] {
  const texts = [...form.querySelectorAll<HTMLTextAreaElement | HTMLInputElement>("textarea, input[type=text]")];
  const written = texts.filter(({ inputMode }) => inputMode !== "numeric").map(({ value }) => value.normalize("NFC"));
  const found = new Set(written.flatMap(suspected));
  return Object.keys(WORDS).filter((what) => found.has(what));
}

export function PersonalHint({ what }: { what: readonly string[] }) {
  const [passed, setPassed] = useState("");
  const key = what.join(" ");
  if (what.length === 0 || key === passed) return null;
  const words = new Intl.ListFormat(language()).format(what.map((each) => WORDS[each]?.() ?? each));
  return (
    <div>
      <Warning>{problemSentence("personal-data-suspected", { what: words })}</Warning>
      <button type="button" onClick={() => setPassed(key)}>
        {pgettext("personal.none", "Not personal data")}
      </button>
    </div>
  );
}
