/** Sign in, and say in whose name the app is run and what may be written in it. */
import { useState } from "preact/hooks";
import { useEngine } from "../components/engine-context.ts";
import { FaultSummary } from "../components/fault-summary.tsx";
import { type Fault, TextField } from "../components/field.tsx";
import { InAppHint } from "../components/in-app-hint.tsx";
import { lazy } from "../components/lazy.tsx";
import { Screen } from "../components/screen.tsx";
import { useLive } from "../components/use-live.ts";
import type { Problem } from "../engine/contract.ts";
import { pgettext } from "../i18n/index.ts";
import { codeOf, problemText } from "../i18n/problems.ts";
import { Authority } from "./authority.tsx";
import { navigate, path, query } from "./router.ts";

const OtherUsers = lazy(async () => (await import("./others/other-users.tsx")).OtherUsers, true);

const missing = (field: string, label: string): Fault => ({
  field,
  text: pgettext("sign_in.missing", "Enter “%(field)s”", { field: label }),
});

const failure = (thrown: unknown) => {
  const problem: Problem = { code: codeOf(thrown), title: "", detail: "", status: 0 };
  return { ok: false as const, problem };
};

export function SignIn() {
  const engine = useEngine();
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [isBusy, setBusy] = useState(false);
  const hasOthers = useLive(() => engine.hasOthers().catch(() => false));
  const labels = { username: pgettext("ui.username", "Username"), password: pgettext("ui.password", "Password") };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isBusy) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const [username, password] = [String(form.get("username")).trim(), String(form.get("password"))];
    const empty = [
      ...(username ? [] : [missing("username", labels.username)]),
      ...(password ? [] : [missing("password", labels.password)]),
    ];
    setFaults(empty);
    if (empty.length > 0) return;
    setBusy(true);
    const outcome = await engine
      .signIn(username, password)
      .catch(failure)
      .finally(() => setBusy(false));
    if (!outcome.ok) setFaults([{ field: "username", text: problemText(outcome.problem) }]);
    else if (path.value === "/sign-in") navigate("/");
  };
  return (
    <Screen title={pgettext("ui.sign_in", "Sign in")} help="sign-in">
      <InAppHint />
      <form noValidate onSubmit={submit} class="narrow">
        <FaultSummary faults={faults} title={pgettext("sign_in.failed", "Not signed in yet")} />
        <TextField
          name="username"
          label={labels.username}
          autoComplete="username"
          faults={faults}
          value={query.value.get("as") ?? engine.session.value?.user.username}
          capitals={false}
        />
        <TextField
          name="password"
          label={labels.password}
          type="password"
          autoComplete="current-password"
          faults={faults}
        />
        <div class="form-actions">
          <button type="submit" class="primary" aria-disabled={isBusy}>
            {pgettext("ui.sign_in", "Sign in")}
          </button>
        </div>
        <p role="status">
          {isBusy && pgettext("sign_in.busy", "Signing in. The first time, stay on Wi-Fi until the load is complete.")}
        </p>
      </form>
      {hasOthers && <OtherUsers />}
      <Authority engine={engine} />
    </Screen>
  );
}
