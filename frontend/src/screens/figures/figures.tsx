/** Sums of what was recorded, with how complete they are. */
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Freshness } from "../../components/notice.tsx";
import { Screen } from "../../components/screen.tsx";
import { usePolled } from "../../components/use-polled.ts";
import { formatDateTime, formatDay, formatNumber } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { useChildren, useOwnAreas } from "../own-areas.ts";
import { withQuery } from "../wire.ts";
import { type Answer, measuresShown, type Row } from "./answer.ts";
import { FigureFilters, type Wanted } from "./filters.tsx";
import { periodLabel, spanOf } from "./periods.ts";
import { FiguresTable } from "./table.tsx";

function Completeness({ answer }: { answer: Answer }) {
  const { devices, synced, waiting_operations: waiting } = answer.complete;
  const counts = { synced: formatNumber(synced), devices: formatNumber(devices) };
  return (
    <p class="notice">
      {pgettext("as_of_ms", "Figures as of %(time)s", { time: formatDateTime(answer.as_of_ms) })}.{" "}
      {pgettext("complete.devices", "%(synced)s of %(devices)s devices synced since the period ended", counts)}.{" "}
      {waiting > 0 &&
        `${pgettext("complete.waiting_operations", "%(n)s changes still on devices", { n: formatNumber(waiting) })}.`}
    </p>
  );
}

export function Figures() {
  const engine = useEngine();
  const choices = useOwnAreas();
  const own = engine.session.value?.user.areas[0]?.id ?? "";
  const [wanted, setWanted] = useState<Wanted>(() => ({
    area: own,
    preset: "month",
    ...spanOf("month", engine.nowMs()),
    by: "none",
    isAll: false,
  }));
  const { area, from, to, by } = wanted;
  const polled = usePolled<Answer>(withQuery("/api/v1/figures", { area, from, to, by }));
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
        wanted={wanted}
        areas={choices}
        nowMs={engine.nowMs()}
        change={(part) => setWanted({ ...wanted, ...part })}
      />
      <Freshness polled={polled} />
      {polled.body && (
        <>
          <Completeness answer={polled.body} />
          <FiguresTable
            answer={polled.body}
            shown={measuresShown(polled.body, wanted.isAll)}
            labelOf={labelOf}
            caption={caption}
          />
          <p>
            <a class="link" href={withQuery("/feed", { area, from, to })}>
              {pgettext("figures.records", "The records behind these figures")}
            </a>
          </p>
        </>
      )}
    </Screen>
  );
}
