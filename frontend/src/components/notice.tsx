/** What a screen says when it has nothing else to show: loading, empty, out of reach, failed. */
import type { ComponentChildren } from "preact";
import type { Problem } from "../engine/contract.ts";
import { formatMoment } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { problemText } from "../i18n/problems.ts";
import { useEngine } from "./engine-context.ts";
import type { Polled } from "./use-polled.ts";

export const Loading = () => (
  <p class="quiet" role="status">
    {pgettext("ui.loading", "Loading")}
  </p>
);

export const Empty = ({ children }: { children: ComponentChildren }) => <p class="quiet">{children}</p>;

export const Warning = ({ children }: { children: ComponentChildren }) => (
  <p class="notice notice-warning">{children}</p>
);

/** One paragraph for a screen that lives on the network: why it cannot be refreshed, and how old what it shows is. */
export function Freshness({ polled }: { polled: Polled<unknown> }) {
  const engine = useEngine();
  const since =
    polled.confirmedMs !== null &&
    pgettext("ui.loaded_at", "Loaded at %(time)s", { time: formatMoment(polled.confirmedMs, engine.nowMs()) });
  if (engine.status.value.offline)
    return (
      <p class="notice notice-warning">
        {pgettext("ui.needs_network", "Offline – this screen needs the network.")} {since}
      </p>
    );
  if (polled.problem) return <Failed problem={polled.problem} since={since || null} />;
  return since ? <p class="quiet">{since}</p> : <Loading />;
}

export const Failed = ({ problem, since = null }: { problem: Problem; since?: string | null }) => (
  <p class="notice notice-error" role="alert">
    {problemText(problem)} {since}
  </p>
);
