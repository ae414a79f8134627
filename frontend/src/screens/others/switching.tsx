/** Giving the phone to somebody else: nothing is signed out, and nothing that waits is lost. */
import { useEngine } from "../../components/engine-context.ts";
import { Warning } from "../../components/notice.tsx";
import { Screen } from "../../components/screen.tsx";
import { pgettext } from "../../i18n/index.ts";
import { navigate } from "../router.ts";
import { OtherUsers } from "./other-users.tsx";

function NoLock({ name }: { name: string }) {
  return (
    <>
      <Warning>
        {pgettext(
          "others.no_lock",
          "%(name)s has no lock on this device: coming back takes a connection and the password.",
          { name },
        )}
      </Warning>
      <div class="buttons">
        <a class="link" href="/lock">
          {pgettext("lock.set", "Set the lock")}
        </a>
      </div>
    </>
  );
}

export function Switching() {
  const engine = useEngine();
  const user = engine.session.value?.user;
  const { isPossible, isSet } = engine.lock.value;
  if (!user) return null;
  const { name } = user;
  return (
    <Screen title={pgettext("others.title", "Switch user")}>
      <p>{pgettext("others.present", "Using it now: %(name)s", { name })}</p>
      <p class="quiet">
        {pgettext("others.kept", "What %(name)s has recorded stays on this device and is sent under their own name.", {
          name,
        })}
      </p>
      {isPossible && !isSet && <NoLock name={name} />}
      <OtherUsers />
      <div class="buttons">
        <button type="button" onClick={() => navigate("/sign-in?as=")}>
          {pgettext("others.another", "Somebody else signs in")}
        </button>
      </div>
    </Screen>
  );
}
