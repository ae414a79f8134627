/** What training is, and the button that begins it. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Screen } from "../../components/screen.tsx";
import { pgettext } from "../../i18n/index.ts";
import { RealPatrol } from "./banner.tsx";
import { beginTraining } from "./begin.tsx";

export function TrainingScreen() {
  const engine = useEngine();
  const [problem, setProblem] = useState<string | null>(null);
  const [isOpening, setOpening] = useState(false);
  const begin = async () => {
    // Two taps on a slow phone are one training.
    if (isOpening) return;
    setOpening(true);
    await beginTraining(engine).catch((thrown: unknown) => {
      const reason = (thrown as Error | null)?.name ?? "";
      setOpening(false);
      setProblem(
        pgettext(
          "training.failed",
          "Training cannot be opened on this device (%(reason)s). Real records are not touched.",
          { reason },
        ),
      );
    });
  };
  return (
    <Screen
      title={pgettext("ui.training", "Training mode")}
      action={
        <button type="button" class="primary" onClick={begin}>
          {pgettext("training.begin", "Begin training")}
        </button>
      }
    >
      {problem && (
        <p class="notice notice-error" role="alert">
          {problem}
        </p>
      )}
      <section class="card">
        <p>{pgettext("training.about_1", "Practise a patrol, a hand-out, an incident as on a real shift.")}</p>
        <p>
          {pgettext(
            "training.about_2",
            "What is practised stands apart on this device. It is never sent, never counted, and deleted when you leave.",
          )}
        </p>
        <p>{pgettext("training.about_3", "Real records stay as they are, and go on being sent.")}</p>
      </section>
      <RealPatrol real={engine} />
    </Screen>
  );
}
