/** Everything that can be recorded, one wide row each. */
import { useState } from "preact/hooks";
import { useEngine } from "../components/engine-context.ts";
import { Screen } from "../components/screen.tsx";
import { useLive } from "../components/use-live.ts";
import { pgettext } from "../i18n/index.ts";
import { startPatrol } from "./patrol-start.ts";
import { SPECS } from "./recording/specs.ts";
import { mayWrite, type Role } from "./roles.ts";
import { navigate } from "./router.ts";

/** What a role may record, the most usual first. */
export function recordable(role: Role | undefined) {
  const own = [
    { kind: "outreach", label: pgettext("ui.outreach_new", "Record outreach") },
    { kind: "meeting", label: pgettext("ui.meeting_new", "Record a group meeting") },
    ...SPECS.map(({ kind, title }) => ({ kind, label: title() })),
  ];
  const allowed = own.filter(({ kind }) => role !== undefined && mayWrite(role, kind));
  return allowed.map(({ kind, label }) => ({ address: `/record/${kind}`, label }));
}

export function RecordMenu() {
  const engine = useEngine();
  const kinds = recordable(engine.session.value?.user.role);
  const found = useLive(async () => ({ patrol: await engine.openPatrol().catch(() => null) }));
  const [problem, setProblem] = useState<string | null>(null);
  const start = async () => {
    const trouble = await startPatrol(engine, true);
    setProblem(trouble);
    if (trouble === null) navigate("/");
  };
  const isOpen = found?.patrol != null;
  return (
    <Screen title={pgettext("ui.record", "Record")}>
      {problem && (
        <p class="notice notice-error" role="alert">
          {problem}
        </p>
      )}
      <div class="buttons">
        <button
          key={isOpen ? "end" : "start"}
          type="button"
          disabled={!found}
          onClick={isOpen ? () => navigate("/patrol/end") : start}
        >
          {isOpen ? pgettext("ui.patrol_end", "End patrol") : pgettext("ui.patrol_start", "Start patrol")}
        </button>
      </div>
      <div class="buttons">
        {kinds.map(({ address, label }) => (
          <button key={address} type="button" onClick={() => navigate(address)}>
            {label}
          </button>
        ))}
      </div>
    </Screen>
  );
}
