/** Forms that were begun and not saved, each a tap away from going on. */
import type { Draft } from "../engine/contract.ts";
import { formatMoment } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { kindLabel } from "../i18n/kinds.ts";
import { codeOf, problemSentence } from "../i18n/problems.ts";
import { useEngine } from "./engine-context.ts";
import { say } from "./flash.ts";
import { Icon, kindIcon } from "./icon.tsx";
import { useLive } from "./use-live.ts";

/** Where a draft is gone on with. */
export function draftAddress({ form, record, kind }: Pick<Draft, "form" | "record" | "kind">): string {
  if (form.startsWith("correct ")) return `/records/${record}`;
  if (form.startsWith("details ")) return "/patrol/details";
  return form.startsWith("patrol ") ? "/patrol/end" : `/record/${kind}`;
}

/** Also of a form that cannot be opened any more; for ten seconds it can be had back, but for its photos. */
function Dropping({ draft }: { draft: Draft }) {
  const engine = useEngine();
  const drop = async () => {
    try {
      const drafts = await engine.drafts();
      await drafts.drop(draft);
      say(pgettext("draft.dropped", "The draft was thrown away"), false, async () => {
        await drafts.keep(draft, { isLast: true });
        say(pgettext("undo.done", "Taken back"), false);
      });
    } catch (error) {
      say(problemSentence(codeOf(error)), false);
    }
  };
  const name = `${pgettext("draft.drop", "Throw the draft away")} – ${kindLabel(draft.kind)}`;
  return (
    <button type="button" aria-label={name} onClick={drop}>
      {pgettext("draft.drop", "Throw the draft away")}
    </button>
  );
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
          <li class="row" key={`${draft.form} ${draft.record}`}>
            <a href={draftAddress(draft)}>
              <Icon name={kindIcon(draft.kind)} />
              <span class="row-text">
                <strong>{kindLabel(draft.kind)}</strong>
                <span class="mark">
                  {pgettext("state.draft", "Draft")} · {formatMoment(draft.savedMs, engine.nowMs())}
                </span>
              </span>
            </a>
            <Dropping draft={draft} />
          </li>
        ))}
      </ul>
    </section>
  );
}
