/** Everything that can be recorded, one wide row each. */
import { useState } from "preact/hooks";
import { useEngine } from "../components/engine-context.ts";
import { Screen } from "../components/screen.tsx";
import { useLive } from "../components/use-live.ts";
import { pgettext } from "../i18n/index.ts";
import { QuickButtons } from "./home.tsx";
import { startPatrol } from "./patrol-start.ts";
import { navigate } from "./router.ts";

export function RecordMenu() {
  const engine = useEngine();
  const found = useLive(async () => ({ patrol: await engine.openPatrol() }));
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
      <QuickButtons />
    </Screen>
  );
}
