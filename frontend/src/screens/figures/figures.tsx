/** Sums of what was recorded, with how complete they are. */
import { useEngine } from "../../components/engine-context.ts";
import { Freshness } from "../../components/notice.tsx";
import { Screen } from "../../components/screen.tsx";
import { usePolled } from "../../components/use-polled.ts";
import { dayOf, formatDateTime, formatDay, formatNumber } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { figureFaults } from "../day-span.ts";
import { useChildren, useOwnAreas } from "../own-areas.ts";
import { seesFeed } from "../roles.ts";
import { moves, query, replaceQuery } from "../router.ts";
import { withQuery } from "../wire.ts";
import { type Answer, measuresShown, type Row } from "./answer.ts";
import { FigureFilters } from "./filters.tsx";
import { periodLabel } from "./periods.ts";
import { FiguresTable } from "./table.tsx";
import { lastDay, queryOf, wantedOf } from "./wanted.ts";

function Completeness({ answer, isRunning }: { answer: Answer; isRunning: boolean }) {
  const { devices, synced, waiting_operations: waiting } = answer.complete;
  const counts = { synced: formatNumber(synced), devices: formatNumber(devices) };
  return (
    <p class="notice">
      {pgettext("as_of_ms", "Figures as of %(time)s", { time: formatDateTime(answer.as_of_ms) })}.{" "}
      {isRunning
        ? pgettext("figures.synced_lately", "%(synced)s of %(devices)s devices synced in the last 24 hours", counts)
        : pgettext("complete.devices", "%(synced)s of %(devices)s devices synced since the period ended", counts)}
      .{" "}
      {waiting > 0 &&
        `${pgettext("complete.waiting_operations", "%(n)s changes still on devices", { n: formatNumber(waiting) })}.`}
    </p>
  );
}

export function Figures() {
  const engine = useEngine();
  const choices = useOwnAreas();
  const user = engine.session.value?.user;
  const own = user?.areas[0]?.id ?? "";
  const nowMs = engine.nowMs();
  const today = dayOf(nowMs);
  const wanted = wantedOf(query.value, own, nowMs);
  const { area, from, by } = wanted;
  const to = lastDay(wanted.to, nowMs);
  const faults = figureFaults(wanted, today);
  const polled = usePolled<Answer>(faults.length > 0 ? null : withQuery("/api/v1/figures", { area, from, to, by }));
  const below = useChildren(area ? [area] : []);
  const nameOf = (id: string): string =>
    below.find((child) => child.id === id)?.full_name ??
    choices.find((choice) => choice.value === id)?.label.replace(/^– /, "") ??
    "";
  const labelOf = (row: Row): string => {
    const words = [
      row.area === null ? pgettext("figures.itself", "Recorded at the area itself") : row.area && nameOf(row.area),
      row.period && periodLabel(row.period),
    ];
    return words.filter(Boolean).join(" · ");
  };
  const caption = `${nameOf(area)}, ${formatDay(from)} – ${formatDay(to)}`;
  return (
    <Screen title={pgettext("ui.figures_title", "Summary figures")}>
      <FigureFilters
        key={moves.value}
        wanted={wanted}
        areas={choices}
        nowMs={nowMs}
        faults={faults}
        change={(part) => replaceQuery(queryOf({ ...wanted, ...part }, own))}
      />
      {faults.length === 0 && <Freshness polled={polled} />}
      {polled.body && (
        <>
          <Completeness answer={polled.body} isRunning={to >= today} />
          <FiguresTable
            answer={polled.body}
            shown={measuresShown(polled.body, wanted.isAll)}
            labelOf={labelOf}
            caption={caption}
          />
          {user && seesFeed(user.role) && (
            <p>
              <a class="link" href={withQuery("/feed", { area, from, to })}>
                {pgettext("figures.records", "The records behind these figures")}
              </a>
            </p>
          )}
        </>
      )}
    </Screen>
  );
}
