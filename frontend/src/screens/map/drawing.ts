/** The one place that knows Leaflet: what is to be seen goes in, where somebody looks and taps comes out. */
import { Canvas, Map as Field, LatLngBounds, type Layer, type LayerGroup, layerGroup } from "leaflet";
import type { Here } from "../../platform/one-position.ts";
import { pointOf, ringsOf } from "./boundaries.ts";
import type { Mark } from "./marks.ts";
import { groundShapes, markShapes, nameShapes, radiusOf, TOUCH_PX } from "./shapes.ts";
import type { Position } from "./tracks.ts";
import type { Shown } from "./use-boundaries.ts";

export interface Scene {
  readonly boundaries: readonly Shown[];
  readonly marks: readonly Mark[];
  readonly lines: readonly (readonly Position[])[];
  readonly here: Here | null;
  /** The mark that somebody chose. */
  readonly picked: string | null;
}

export interface View {
  readonly latDeg: number;
  readonly zoom: number;
}

export interface Drawing {
  draw(scene: Scene): void;
  zoomBy(levels: number): void;
  showAll(scene: Scene): void;
  goTo(position: Position): void;
  close(): void;
}

const [ZOOM_MIN, ZOOM_MAX, ZOOM_NEAR] = [5, 18, 15];
const EDGE_PX = 20;
const AT_ONCE = { animate: false };

/** No controls, no pictures and no animation: cheap phones draw each step late, and some people cannot bear any. */
const OPTIONS = {
  ...{ zoomControl: false, attributionControl: false, boxZoom: false, preferCanvas: true, inertia: false },
  ...{ zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false },
  ...{ minZoom: ZOOM_MIN, maxZoom: ZOOM_MAX, zoomSnap: 0.25 },
};

export function openDrawing(
  box: HTMLElement,
  onView: (view: View) => void,
  onPick: (key: string | null) => void,
): Drawing {
  const map = new Field(box, { ...OPTIONS, renderer: new Canvas({ tolerance: TOUCH_PX, padding: 0.3 }) });
  const [ground, names] = [layerGroup().addTo(map), layerGroup().addTo(map)];
  let shown: Scene | null = null;
  let marks: ReturnType<typeof markShapes> = [];
  const put = (group: LayerGroup, shapes: readonly Layer[]) => {
    group.clearLayers();
    for (const shape of shapes) group.addLayer(shape);
  };
  // Which names fit, and how large a mark is, follows the zoom.
  const adapt = () => {
    if (!shown) return;
    put(names, nameShapes(map, shown));
    for (const [index, mark] of shown.marks.entries())
      marks[index]?.setRadius(radiusOf(mark, mark.key === shown.picked, map.getZoom()));
  };
  map.on("moveend", () => onView({ latDeg: map.getCenter().lat, zoom: map.getZoom() }));
  map.on("zoomend", adapt);
  map.on("click", () => onPick(null));
  const size = new ResizeObserver(() => map.invalidateSize(AT_ONCE));
  size.observe(box);
  return {
    draw: (scene) => {
      shown = scene;
      marks = markShapes(map, scene, onPick);
      put(ground, [...groundShapes(map, scene), ...marks]);
      put(names, nameShapes(map, scene));
    },
    zoomBy: (levels) => map.setZoom(map.getZoom() + levels, AT_ONCE),
    showAll: (scene) => {
      const bounds = boundsOf(scene);
      if (bounds) map.fitBounds(bounds, { padding: [EDGE_PX, EDGE_PX], maxZoom: ZOOM_NEAR, ...AT_ONCE });
    },
    goTo: (position) => map.setView([...position], ZOOM_NEAR, AT_ONCE),
    close: () => {
      size.disconnect();
      map.remove();
    },
  };
}

/** The unit if it is known: a record far away must not make everything else too small to see. */
export function boundsOf({ boundaries, marks, lines, here }: Scene): LatLngBounds | null {
  const areas = boundaries.flatMap((each) => [...ringsOf(each).flat(2), ...[pointOf(each)].filter(isKnown)]);
  const own: readonly Position[] = here ? [[here.latDeg, here.lonDeg]] : [];
  const points = areas.length > 0 ? areas : [...marks.map(({ position }) => position), ...lines.flat(), ...own];
  return points.length === 0 ? null : new LatLngBounds(points.map(([lat, lng]) => ({ lat, lng })));
}

const isKnown = (point: Position | null): point is Position => point !== null;
