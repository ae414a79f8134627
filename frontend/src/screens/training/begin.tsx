/** Into training and out of it: the screens are given another engine, and the real one goes on beneath. */
import { flash, say } from "../../components/flash.ts";
import { training } from "../../components/training-mode.ts";
import type { Engine } from "../../engine/contract.ts";
import { openTraining, type Surroundings, type Training } from "../../engine/training.ts";
import { pgettext } from "../../i18n/index.ts";
import { deviceChance } from "../../platform/chance.ts";
import { deviceClock } from "../../platform/clock.ts";
import { deviceLock } from "../../platform/locks.ts";
import { navigate } from "../router.ts";
import { Banner } from "./banner.tsx";
import { Closed, isForTraining } from "./closed.tsx";

const LEAFLETS_MAX = 200;
/** On the root: windows that lie above the banner carry its word, too. */
const MARK = "training";

/** Training is given what was read here, never the engine that read it. */
async function surroundings(real: Engine): Promise<Surroundings> {
  const session = real.session.value;
  if (!session) throw new Error("not signed in");
  const [areas, leaflets] = await Promise.all([real.areas(), real.list({ kinds: ["leaflet"], limit: LEAFLETS_MAX })]);
  const offsetMs = real.nowMs() - deviceClock.wallMs();
  return { session, partitions: real.partitions.value, areas, leaflets, offsetMs, language: real.language };
}

export async function beginTraining(real: Engine): Promise<void> {
  if (training.value) return;
  const parts = { clock: deviceClock, chance: deviceChance, lock: deviceLock };
  const opened = await openTraining(parts, await surroundings(real));
  const leave = leaving(opened);
  const Instead = () => <Closed leave={leave} />;
  // A message of before has an undo that is real.
  flash.value = null;
  mark(pgettext("training.on", "Training"));
  training.value = {
    engine: opened.engine,
    Banner: () => <Banner real={real} leave={leave} />,
    insteadOf: (path) => (isForTraining(path) ? null : Instead),
    leave,
  };
  navigate("/");
}

function leaving(opened: Training): () => void {
  return () => {
    if (training.value?.engine !== opened.engine) return;
    training.value = null;
    mark(null);
    say(pgettext("training.left", "You have left training. What was practised is deleted."), true);
    navigate("/");
    // What could not be deleted opens no more, and is found at the next start.
    opened.close().catch(() => undefined);
  };
}

function mark(word: string | null): void {
  const { classList, style } = document.documentElement;
  classList.toggle(MARK, word !== null);
  style.setProperty("--training", JSON.stringify(word ?? ""));
}
