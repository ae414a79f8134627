/** Asks for a lock, once a week at most: without one, whoever holds the phone reads what it keeps. */
import { pgettext } from "../i18n/index.ts";
import { useEngine } from "./engine-context.ts";

export function LockHint() {
  const engine = useEngine();
  const { isPossible, isSet, isPutOff } = engine.lock.value;
  if (!isPossible || isSet || isPutOff) return null;
  const later = async () => await (await engine.locking()).putOff();
  return (
    <section class="notice notice-warning">
      <p>{pgettext("lock.hint", "This device has no lock: whoever holds it can read what is recorded here.")}</p>
      <div class="buttons">
        <a class="link" href="/lock">
          {pgettext("lock.set", "Set the lock")}
        </a>
        <button type="button" onClick={() => void later().catch(() => undefined)}>
          {pgettext("ui.later", "Later")}
        </button>
      </div>
    </section>
  );
}
