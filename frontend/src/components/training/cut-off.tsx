/** The app was closed in the middle of training: said until somebody has read it, or they would practise on real records. */
import { useEffect, useState } from "preact/hooks";
import { pgettext } from "../../i18n/index.ts";
import { deviceLock } from "../../platform/locks.ts";
import { dropTraining, findCutOff } from "../../store/training-stores.ts";

export function CutOff() {
  const [names, setNames] = useState<readonly string[]>([]);
  useEffect(() => {
    findCutOff(deviceLock, (name) => setNames((known) => [...known, name])).catch(() => undefined);
  }, []);
  if (names.length === 0) return null;
  const end = () => {
    for (const name of names) dropTraining(name).catch(() => undefined);
    setNames([]);
  };
  return (
    <section class="notice notice-warning" role="alert">
      <h2>{pgettext("training.cut_title", "Training has stopped")}</h2>
      <p>
        {pgettext(
          "training.cut",
          "The app was closed during training, and what was practised is gone. What is recorded from here on is real.",
        )}
      </p>
      <button type="button" onClick={end}>
        {pgettext("training.cut_seen", "Understood, record for real")}
      </button>
    </section>
  );
}
