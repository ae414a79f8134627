/** What lies on the map: zoom, scale and north, drawn by us, so that nothing of them is written as HTML. */
import { formatNumber } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import type { View } from "./drawing.ts";
import { scaleBar } from "./scale.ts";

const BAR_PX_MAX = 110;
const KILOMETRE_M = 1000;

const PLUS = "M12 5v14M5 12h14";
const MINUS = "M5 12h14";

function Line({ d }: { d: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path d={d} fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" />
    </svg>
  );
}

export function Zoom({ by }: { by: (levels: number) => void }) {
  return (
    <div class="map-zoom">
      <button type="button" aria-label={pgettext("map.zoom_in", "Zoom in")} onClick={() => by(1)}>
        <Line d={PLUS} />
      </button>
      <button type="button" aria-label={pgettext("map.zoom_out", "Zoom out")} onClick={() => by(-1)}>
        <Line d={MINUS} />
      </button>
    </div>
  );
}

function distance(metres: number): string {
  return metres >= KILOMETRE_M
    ? pgettext("map.kilometres", "%(n)s km", { n: formatNumber(metres / KILOMETRE_M) })
    : pgettext("map.metres", "%(n)s m", { n: formatNumber(metres) });
}

export function Scale({ view: { latDeg, zoom } }: { view: View }) {
  const { metres, px } = scaleBar(latDeg, zoom, BAR_PX_MAX);
  return (
    <div class="map-scale">
      {distance(metres)}
      <svg width={px + 2} height="8" aria-hidden="true" focusable="false">
        <path d={`M1 0v7h${px}v-7`} fill="none" stroke="currentColor" stroke-width="2" />
      </svg>
    </div>
  );
}

/** The map is never turned. */
export function North() {
  return (
    <div class="map-north" role="img" aria-label={pgettext("map.north_up", "North is up")}>
      <svg width="20" height="22" viewBox="0 0 20 22" aria-hidden="true" focusable="false">
        <path d="M10 1 17 21 10 16 3 21z" fill="currentColor" />
      </svg>
      <span aria-hidden="true">{pgettext("map.north", "N")}</span>
    </div>
  );
}
