/** Forms that were begun and not saved, each a tap away from going on. */
import type { Draft } from "../engine/contract.ts";
import { formatMoment } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { kindLabel } from "../i18n/kinds.ts";
import { useEngine } from "./engine-context.ts";
import { Icon, kindIcon } from "./icon.tsx";
import { useLive } from "./use-live.ts";

/** Where a draft is gone on with. */
export function draftAddress({ form, record, kind }: Pick<Draft, "form" | "record" | "kind">): string {
  if (form.startsWith("correct ")) return `/records/${record}`;
  return form.startsWith("patrol ") ? "/patrol/end" : `/record/${kind}`;
}

const NONE: readonly Draft[] = [];

export function DraftRows() {
  const engine = useEngine();
  const list = async () => await (await engine.drafts()).list();
  const drafts = useLive(() => list().catch(() => NONE)) ?? NONE;
  if (drafts.length === 0) return null;
  return (
    <section>
      <h2>{pgettext("home.drafts", "Not saved yet")}</h2>
      <ul class="rows">
        {drafts.map((draft) => (
          <li class="row" key={draft.form}>
            <a href={draftAddress(draft)}>
              <Icon name={kindIcon(draft.kind)} />
              <span class="row-text">
                <strong>{kindLabel(draft.kind)}</strong>
                <span class="mark">
                  {pgettext("state.draft", "Draft")} · {formatMoment(draft.savedMs, engine.nowMs())}
                </span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
