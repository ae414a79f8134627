/** The app while it is locked: the ways to unlock it, what waits, and the one tap that starts a patrol all the same. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Screen } from "../../components/screen.tsx";
import { useBusy } from "../../components/use-busy.ts";
import type { Engine, LockStatus } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../../i18n/problems.ts";
import { startPatrol } from "../patrol-start.ts";
import { mayWrite } from "../roles.ts";
import { navigate } from "../router.ts";
import { SecretField } from "./secret-field.tsx";

type Kind = LockStatus["ways"][number];

/** Null once it is open: another screen stands here then. */
async function unlock(engine: Engine, kind: Kind, secret?: string): Promise<string | null> {
  try {
    const outcome = await (await engine.locking()).unlock(kind, secret);
    return outcome.ok ? null : problemText(outcome.problem);
  } catch (thrown) {
    return problemSentence(codeOf(thrown));
  }
}

function Ways({ engine }: { engine: Engine }) {
  const { ways } = engine.lock.value;
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, run] = useBusy();
  const secret = ways.find((way) => way !== "passkey");
  const attempt = (kind: Kind, entered?: string) =>
    run(async () => {
      setFault(null);
      setFault(await unlock(engine, kind, entered));
    });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem("secret") as HTMLInputElement;
    const entered = field.value;
    field.value = "";
    if (secret && entered) void attempt(secret, entered);
  };
  return (
    <form noValidate onSubmit={submit} class="narrow">
      {fault && (
        <p class="notice notice-error" role="alert">
          {fault}
        </p>
      )}
      {ways.length === 0 && <p class="notice notice-error">{problemSentence("pin-locked")}</p>}
      {secret && <SecretField kind={secret} name="secret" autoComplete="current-password" />}
      <div class="form-actions">
        {secret && (
          <button type="submit" class="primary" aria-disabled={isBusy}>
            {pgettext("ui.unlock", "Unlock")}
          </button>
        )}
        {ways.includes("passkey") && (
          <button
            type="button"
            class={secret ? "" : "primary"}
            aria-disabled={isBusy}
            onClick={() => attempt("passkey")}
          >
            {pgettext("lock.unlock_passkey", "Unlock with the passkey")}
          </button>
        )}
      </div>
      <p role="status">{isBusy && pgettext("lock.unlocking", "Unlocking")}</p>
    </form>
  );
}

/** Asked twice: drafts and photos that were not sent are only here. */
function Forgotten({ engine }: { engine: Engine }) {
  const [isAsking, setAsking] = useState(false);
  const [isBusy, run] = useBusy();
  const { ways, isGivenUp } = engine.lock.value;
  const isLost = isGivenUp || ways.length === 0;
  const forget = () =>
    run(async () => {
      await (await engine.locking()).forget();
      navigate("/sign-in");
    });
  if (isLost)
    return (
      <div class="form-actions">
        <button type="button" class="primary" onClick={() => navigate("/sign-in")}>
          {pgettext("ui.sign_in", "Sign in")}
        </button>
      </div>
    );
  return (
    <section>
      {isAsking && (
        <p class="notice notice-warning" role="alert">
          {pgettext(
            "lock.forget_hint",
            "Records that wait are sent with the next sign-in. Drafts and photos that were not sent go for good.",
          )}
        </p>
      )}
      <button type="button" aria-disabled={isBusy} onClick={() => (isAsking ? forget() : setAsking(true))}>
        {isAsking
          ? pgettext("lock.forget", "Give it up and sign in with the password")
          : pgettext("lock.forgotten_ask", "Forgotten")}
      </button>
    </section>
  );
}

function Recording({ engine }: { engine: Engine }) {
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, run] = useBusy();
  return (
    <section>
      <h2>{pgettext("lock.recording", "Recording works while it is locked")}</h2>
      {fault && (
        <p class="notice notice-error" role="alert">
          {fault}
        </p>
      )}
      <div class="buttons">
        <button
          type="button"
          aria-disabled={isBusy}
          onClick={() => run(async () => setFault(await startPatrol(engine)))}
        >
          {pgettext("ui.patrol_start", "Start patrol")}
        </button>
        <button type="button" onClick={() => navigate("/record")}>
          {pgettext("ui.record", "Record")}
        </button>
      </div>
    </section>
  );
}

export function Unlock() {
  const engine = useEngine();
  const user = engine.session.value?.user;
  return (
    <Screen title={pgettext("lock.locked", "The app is locked")} help="unlock">
      <p class="quiet">{user?.name}</p>
      <Ways engine={engine} />
      {user && mayWrite(user.role, "patrol") && <Recording engine={engine} />}
      <div class="buttons">
        <button type="button" onClick={() => navigate("/users")}>
          {pgettext("others.title", "Switch user")}
        </button>
      </div>
      <Forgotten engine={engine} />
    </Screen>
  );
}
