/** Release or close with a reason: what will happen is said before it is done, and what became of it after. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { FaultSummary } from "../../components/fault-summary.tsx";
import { type Fault, NoteField } from "../../components/field.tsx";
import { say } from "../../components/flash.ts";
import { useBusy } from "../../components/use-busy.ts";
import type { Engine } from "../../engine/contract.ts";
import { formatNumber } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problems.ts";
import type { HeldGroup } from "./wire.ts";

type What = "release" | "close";

const WORDS: Readonly<
  Record<What, { readonly act: () => string; readonly hint: () => string; readonly done: (n: string) => string }>
> = {
  release: {
    act: () => pgettext("held.release", "Release"),
    hint: () => pgettext("held.release_hint", "The entry is accepted as its author wrote it, and counted from now on."),
    done: (n) => pgettext("held.released_n", "Released: %(n)s", { n }),
  },
  close: {
    act: () => pgettext("held.close", "Close"),
    hint: () =>
      pgettext(
        "held.close_hint",
        "The entry is not counted. Its text and the reason are kept, and its author sees them.",
      ),
    done: (n) => pgettext("held.closed_n", "Closed: %(n)s", { n }),
  },
};

interface Props {
  readonly group: HeldGroup;
  /** Others of the same phone that are held for the same reason. */
  readonly alike: readonly HeldGroup[];
  readonly onDecided: (ids: readonly string[]) => void;
}

export function Deciding({ group, alike, onDecided }: Props) {
  const [what, setWhat] = useState<What | null>(null);
  if (what !== null)
    return <Form what={what} group={group} alike={alike} onDecided={onDecided} close={() => setWhat(null)} />;
  return (
    <div class="buttons">
      <button type="button" onClick={() => setWhat("release")}>
        {WORDS.release.act()}
      </button>
      <button type="button" class="danger" onClick={() => setWhat("close")}>
        {WORDS.close.act()}
      </button>
    </div>
  );
}

interface Outcome {
  readonly done: readonly string[];
  readonly count: number;
  readonly fault: string | null;
}

/** One after the other, stopping at the first that is refused: what was decided until then stays decided. */
async function decideAll(engine: Engine, what: What, groups: readonly HeldGroup[], reason: string): Promise<Outcome> {
  const done: string[] = [];
  let count = 0;
  for (const { items } of groups) {
    for (const { id } of items) {
      const outcome = await engine.post(`/api/v1/held/${id}/${what}`, { reason });
      if (!outcome.ok) return { done, count, fault: problemText(outcome.problem) };
      done.push(id);
    }
    count += 1;
  }
  return { done, count, fault: null };
}

function Form({ what, group, alike, onDecided, close }: Props & { what: What; close: () => void }) {
  const engine = useEngine();
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [isBusy, run] = useBusy();
  const words = WORDS[what];
  const name = `reason-${group.items[0].id}`;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const reason = String(form.get(name) ?? "")
      .normalize("NFC")
      .trim();
    if (reason === "") return setFaults([{ field: name, text: pgettext("held.no_reason", "Write the reason first") }]);
    await run(async () => {
      const groups = [group, ...(form.has("alike") ? alike : [])];
      const { done, count, fault } = await decideAll(engine, what, groups, reason);
      if (count > 0) say(words.done(formatNumber(count)), false);
      if (fault !== null) setFaults([{ field: "", text: fault }]);
      onDecided(done);
    });
  };
  return (
    <form noValidate onSubmit={submit}>
      <p>{words.hint()}</p>
      <FaultSummary faults={faults} title={pgettext("held.undone", "Not decided yet")} />
      <NoteField name={name} label={pgettext("held.reason", "Reason")} faults={faults} />
      {alike.length > 0 && (
        <label class="choice">
          <input type="checkbox" name="alike" />
          <span>
            {pgettext("held.alike", "The other %(n)s records of this device, too", { n: formatNumber(alike.length) })}
          </span>
        </label>
      )}
      <div class="buttons">
        <button type="submit" class={what === "close" ? "danger" : ""} disabled={isBusy}>
          {words.act()}
        </button>
        <button type="button" onClick={close}>
          {pgettext("ui.cancel", "Cancel")}
        </button>
      </div>
    </form>
  );
}
