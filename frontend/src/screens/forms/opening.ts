/** What a form takes from the moment it was opened; it must not move while someone fills it in. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import type { Draft, Engine, ShownRecord } from "../../engine/contract.ts";
import { defaultPlace, ownUnit } from "../roles.ts";

export interface Opening {
  readonly form: string;
  readonly kind: string;
  /** The record that the form makes or changes: of a draft, the same as before. */
  readonly record: string;
  /** Of a form that changes a record: as it stood when it was first opened. */
  readonly opened: ShownRecord | null;
  readonly nowMs: number;
  readonly unit: ReturnType<typeof ownUnit>;
  readonly place: string | null;
  /** What it goes on with. */
  readonly draft: Draft | null;
  /** Throw the draft away and begin anew. Rejects where it cannot be; then it stands as it was. */
  readonly drop: () => Promise<void>;
  /** The form around it: ends its writing. */
  readonly quiet: { current: (() => Promise<void>) | null };
}

/** The draft of a form; what is left of one whose record was saved by a page that died is thrown away. */
async function draftOf(engine: Engine, form: string, isNew: boolean): Promise<Draft | null> {
  const drafts = await engine.drafts();
  const draft = await drafts.read(form);
  if (!draft || !isNew || !(await engine.record(draft.record))) return draft;
  await drafts.drop(draft);
  return await drafts.read(form);
}

/** Undefined until the drafts were read. `changed`: the record that the form is about, where it makes none. */
export function useOpening(form: string, kind: string, changed: ShownRecord | null = null): Opening | undefined {
  const engine = useEngine();
  const [opening, setOpening] = useState<Opening | undefined>(undefined);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    const begin = (draft: Draft | null) => {
      if (!isCurrent) return;
      const record = draft?.record ?? changed?.id ?? engine.newId();
      const quiet: Opening["quiet"] = { current: null };
      const drop = async () => {
        // What is being written for it comes first, or it would come back.
        await quiet.current?.();
        await (await engine.drafts()).drop({ form, record });
        setOpening(undefined);
        setRound((before) => before + 1);
      };
      const place = { nowMs: engine.nowMs(), unit: ownUnit(engine), place: defaultPlace(engine) };
      setOpening({ form, kind, record, opened: draft?.opened ?? changed, ...place, draft, drop, quiet });
    };
    // What cannot be read stands in nobody's way.
    draftOf(engine, form, changed === null).then(begin, () => begin(null));
    return () => {
      isCurrent = false;
    };
  }, [engine, form, round]);
  return opening;
}
