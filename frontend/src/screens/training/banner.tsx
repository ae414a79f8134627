/** On every screen of training: that it is training, whether a real patrol is open, and the way out. */
import { EngineContext } from "../../components/engine-context.ts";
import { Icon } from "../../components/icon.tsx";
import { useLive } from "../../components/use-live.ts";
import type { Engine } from "../../engine/contract.ts";
import { formatMoment } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";

/** A real patrol goes on while somebody practises, and must not be forgotten. */
export function RealPatrol({ real }: { real: Engine }) {
  const found = useLive(() => real.openPatrol().catch(() => null));
  const startedMs = found?.fields.started_at;
  if (typeof startedMs !== "number") return null;
  const time = formatMoment(startedMs, real.nowMs());
  return (
    <p class="real-patrol">
      <Icon name="patrol" /> {pgettext("training.real_patrol", "A real patrol is open since %(time)s", { time })}
    </p>
  );
}

export function Banner({ real, leave }: { real: Engine; leave: () => void }) {
  return (
    <EngineContext.Provider value={real}>
      <section class="training" aria-label={pgettext("ui.training", "Training mode")}>
        <p>
          <strong>{pgettext("training.on", "Training")}</strong>{" "}
          {pgettext("training.on_detail", "Not sent, not counted.")}
        </p>
        <button type="button" onClick={leave}>
          {pgettext("training.leave", "Leave training")}
        </button>
        <RealPatrol real={real} />
      </section>
    </EngineContext.Provider>
  );
}
