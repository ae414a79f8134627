/** Who else works with this phone, each one tap away: by what unlocks their store, or by their password. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Icon } from "../../components/icon.tsx";
import { Warning } from "../../components/notice.tsx";
import { useBusy } from "../../components/use-busy.ts";
import type { Engine, OtherUser } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { codeOf, problemSentence } from "../../i18n/problems.ts";
import { navigate } from "../router.ts";

const signInAs = ({ username }: OtherUser) => navigate(`/sign-in?as=${encodeURIComponent(username)}`);

/** What is to be read when it did not work, or null. */
async function goOnAs(engine: Engine, other: OtherUser): Promise<string | null> {
  try {
    if (!other.hasLock) signInAs(other);
    else if (await (await engine.others()).switchTo(other.device)) navigate("/");
    else return pgettext("others.gone", "They are no longer on this device. Sign in with the password.");
    return null;
  } catch (thrown) {
    return problemSentence(codeOf(thrown));
  }
}

function useOthers(engine: Engine): readonly OtherUser[] {
  const [others, setOthers] = useState<readonly OtherUser[]>([]);
  const revision = engine.revision.value;
  useEffect(() => {
    let isLeft = false;
    engine
      .others()
      .then((door) => door.list())
      .then(
        (found) => isLeft || setOthers(found),
        () => undefined,
      );
    return () => {
      isLeft = true;
    };
  }, [revision]);
  return others;
}

function Row({ other, onChoose }: { other: OtherUser; onChoose: () => void }) {
  return (
    <li>
      <button type="button" onClick={onChoose}>
        <Icon name="users" />
        <span class="row-text">
          <strong>{other.name}</strong>
          <span class="quiet">
            {[
              other.waitingRecords > 0 &&
                pgettext("others.waiting", "Waiting to send: %(n)s", { n: other.waitingRecords }),
              !other.hasLock && pgettext("others.by_password", "Needs a connection and the password"),
            ]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </span>
      </button>
    </li>
  );
}

export function OtherUsers() {
  const engine = useEngine();
  const others = useOthers(engine);
  const [fault, setFault] = useState<string | null>(null);
  const [, run] = useBusy();
  if (others.length === 0) return null;
  return (
    <section>
      <h2>{pgettext("others.here", "Also on this device")}</h2>
      {fault && <Warning>{fault}</Warning>}
      <ul class="people">
        {others.map((other) => (
          <Row
            key={other.device}
            other={other}
            onChoose={() => run(async () => setFault(await goOnAs(engine, other)))}
          />
        ))}
      </ul>
    </section>
  );
}
