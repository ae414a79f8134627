/** The browser has erased what was stored here: said until whoever signed in has read it. */
import { pgettext } from "../i18n/index.ts";
import { problemSentence } from "../i18n/problems.ts";
import { useEngine } from "./engine-context.ts";

export function LossNote() {
  const engine = useEngine();
  const loss = engine.session.value?.lostStore;
  if (!loss) return null;
  return (
    <section class="notice notice-error" role="alert">
      <p>{problemSentence("data-evicted", { n: loss.received })}</p>
      {loss.unsent > 0 && (
        <p>
          {pgettext("loss.unsent", "When it was last heard, this device still had %(n)s changes to send.", {
            n: loss.unsent,
          })}
        </p>
      )}
      <div class="buttons">
        <button type="button" onClick={() => void engine.heardOfLoss().catch(() => undefined)}>
          {pgettext("loss.read", "I have told the commander")}
        </button>
      </div>
    </section>
  );
}
