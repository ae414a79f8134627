/** How long a way on the ground is on the map, so that somebody without a basemap can judge distances. */

/** At the equator the whole of the earth is one tile of 256 pixels at zoom 0 (Web Mercator). */
const METRES_PER_PIXEL_AT_0 = (2 * Math.PI * 6_378_137) / 256;
/** What people read at a glance. */
const STEPS = [5, 2, 1] as const;

export interface ScaleBar {
  readonly metres: number;
  readonly px: number;
}

export function metresPerPixel(latDeg: number, zoom: number): number {
  return (METRES_PER_PIXEL_AT_0 * Math.cos((latDeg * Math.PI) / 180)) / 2 ** zoom;
}

/** The longest round distance that is no wider than that. */
export function scaleBar(latDeg: number, zoom: number, pxMax: number): ScaleBar {
  const each = metresPerPixel(latDeg, zoom);
  const power = 10 ** Math.floor(Math.log10(each * pxMax));
  const metres = (STEPS.find((step) => step * power <= each * pxMax) ?? 1) * power;
  return { metres, px: Math.round(metres / each) };
}
