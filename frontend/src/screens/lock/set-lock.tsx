/** Setting the lock, locking at once, and taking the lock off. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { say } from "../../components/flash.ts";
import { Loading, Warning } from "../../components/notice.tsx";
import { Screen } from "../../components/screen.tsx";
import { useBusy } from "../../components/use-busy.ts";
import type { Engine, LockStatus, Outcome } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../../i18n/problems.ts";
import { navigate } from "../router.ts";
import { SecretField } from "./secret-field.tsx";

type Kind = LockStatus["ways"][number];

const nameOf = (kind: Kind): string => {
  if (kind === "passkey") return pgettext("lock.way_passkey", "Passkey: fingerprint, face or the phone's own lock");
  if (kind === "passphrase") return pgettext("lock.way_passphrase", "Passphrase of at least 12 characters");
  return pgettext("lock.way_pin", "PIN of at least 6 digits");
};

async function outcomeOf(act: () => Promise<Outcome<null>>): Promise<string | null> {
  try {
    const outcome = await act();
    return outcome.ok ? null : problemText(outcome.problem);
  } catch (thrown) {
    return problemSentence(codeOf(thrown));
  }
}

function Alert({ children }: { children: string | null }) {
  return children ? (
    <p class="notice notice-error" role="alert">
      {children}
    </p>
  ) : null;
}

function Choosing({ engine, ways }: { engine: Engine; ways: readonly Kind[] }) {
  const [kind, setKind] = useState<Kind>(ways[0] ?? "passphrase");
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, run] = useBusy();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const entered = new FormData(event.currentTarget as HTMLFormElement);
    const [secret, again] = [String(entered.get("secret") ?? ""), String(entered.get("again") ?? "")];
    if (kind !== "passkey" && secret !== again)
      return setFault(pgettext("lock.not_same", "Both entries must be the same. Enter them again."));
    void run(async () => {
      setFault(null);
      const found = await outcomeOf(async () => await (await engine.locking()).set(kind, secret));
      setFault(found);
      if (found !== null) return;
      say(pgettext("lock.set_done", "The lock is set"), true);
      navigate("/");
    });
  };
  return (
    <form noValidate onSubmit={submit} class="narrow">
      <Alert>{fault}</Alert>
      <fieldset class="field choices">
        <legend>{pgettext("lock.way", "Unlock with")}</legend>
        {ways.map((way) => (
          <label class="choice" key={way}>
            <input type="radio" name="way" value={way} checked={way === kind} onChange={() => setKind(way)} />
            <span>{nameOf(way)}</span>
          </label>
        ))}
      </fieldset>
      {kind === "pin" && (
        <Warning>{pgettext("notice.pin", "A PIN protects little; prefer a passkey or a long passphrase")}</Warning>
      )}
      {kind !== "passkey" && (
        <>
          <SecretField key={kind} kind={kind} name="secret" autoComplete="new-password" />
          <SecretField key={`${kind} again`} kind={kind} name="again" autoComplete="new-password" isAgain />
        </>
      )}
      <p class="quiet">
        {pgettext(
          "lock.forgotten",
          "Nobody can tell or reset it. Whoever forgets it signs in with the password: records that wait are sent then, drafts and unsent photos are lost.",
        )}
      </p>
      <div class="form-actions">
        <button type="submit" class="primary" aria-disabled={isBusy}>
          {kind === "pin" ? pgettext("ui.set_pin", "Set a PIN") : pgettext("lock.set", "Set the lock")}
        </button>
        {engine.session.value?.isLockRequired !== true && (
          <button type="button" onClick={() => navigate("/")}>
            {pgettext("ui.later", "Later")}
          </button>
        )}
      </div>
      <p role="status">{isBusy && pgettext("lock.setting", "Sealing what is stored on this device")}</p>
    </form>
  );
}

function Standing({ engine }: { engine: Engine }) {
  const { ways } = engine.lock.value;
  const [kind = "passphrase"] = ways;
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, run] = useBusy();
  const lockNow = () =>
    run(async () =>
      setFault(
        await outcomeOf(async () => {
          await (await engine.locking()).lock();
          return { ok: true, value: null };
        }),
      ),
    );
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const secret = String(new FormData(event.currentTarget as HTMLFormElement).get("secret") ?? "");
    void run(async () => setFault(await outcomeOf(async () => await (await engine.locking()).unset(kind, secret))));
  };
  return (
    <>
      <Alert>{fault}</Alert>
      <p>{pgettext("lock.stands", "What this device keeps opens only with:")}</p>
      <ul>
        {ways.map((way) => (
          <li key={way}>{nameOf(way)}</li>
        ))}
      </ul>
      <div class="form-actions">
        <button type="button" class="primary" aria-disabled={isBusy} onClick={lockNow}>
          {pgettext("ui.lock", "Lock the app")}
        </button>
      </div>
      <form noValidate onSubmit={submit} class="narrow" hidden={engine.session.value?.isLockRequired === true}>
        <h2>{pgettext("lock.unset", "Take the lock off")}</h2>
        {kind !== "passkey" && <SecretField kind={kind} name="secret" autoComplete="current-password" />}
        <div class="form-actions">
          <button type="submit" aria-disabled={isBusy}>
            {pgettext("lock.unset", "Take the lock off")}
          </button>
        </div>
      </form>
    </>
  );
}

export function SetLock() {
  const engine = useEngine();
  const { isSet, isPossible } = engine.lock.value;
  const [hasPasskeys, setHasPasskeys] = useState<boolean | null>(null);
  useEffect(() => {
    engine
      .locking()
      .then((locking) => locking.hasPasskeys())
      .then(setHasPasskeys, () => setHasPasskeys(false));
  }, [engine]);
  const ways: readonly Kind[] = [...(hasPasskeys ? (["passkey"] as const) : []), "passphrase", "pin"];
  return (
    <Screen title={pgettext("lock.title", "Lock of this device")} help="lock">
      {!isPossible && (
        <Warning>{pgettext("lock.impossible", "This address gives no protection; open the app over https.")}</Warning>
      )}
      {isPossible && isSet && <Standing engine={engine} />}
      {isPossible && !isSet && hasPasskeys === null && <Loading />}
      {isPossible && !isSet && hasPasskeys !== null && <Choosing engine={engine} ways={ways} />}
    </Screen>
  );
}
