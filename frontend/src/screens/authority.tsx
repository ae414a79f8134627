/** In whose name this deployment runs and what may be written in it: its own text, nothing when it cannot be read. */
import { useEffect, useState } from "preact/hooks";
import type { Engine } from "../engine/contract.ts";
import { pgettext } from "../i18n/index.ts";

interface About {
  readonly authority: string;
  readonly document: string;
  readonly data_class: string;
  readonly demo: boolean;
}

export function Authority({ engine }: { engine: Engine }) {
  const [about, setAbout] = useState<About | null>(null);
  useEffect(() => {
    engine.get<About>("/api/v1/about").then((outcome) => {
      if (outcome.ok) setAbout(outcome.value.body);
    });
  }, [engine]);
  if (!about) return null;
  const lines = [
    about.authority,
    about.document && pgettext("about.document", "Used under: %(document)s", { document: about.document }),
    about.data_class && pgettext("about.data_class", "Data allowed: %(data_class)s", { data_class: about.data_class }),
    about.demo && pgettext("about.demo", "A trial system: do not enter real data"),
  ];
  return (
    <section class="card">
      {lines.filter(Boolean).map((line) => (
        <p key={line}>{line}</p>
      ))}
    </section>
  );
}
