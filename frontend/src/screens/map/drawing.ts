/** The one place that knows Leaflet: what is to be seen goes in, where somebody looks and taps comes out. */
import {
  Canvas,
  circle,
  circleMarker,
  Map as Field,
  LatLngBounds,
  type Layer,
  layerGroup,
  polygon,
  polyline,
} from "leaflet";
import type { Here } from "../../platform/one-position.ts";
import { type Boundary, pointOf, ringsOf } from "./boundaries.ts";
import type { Mark } from "./marks.ts";
import type { Position } from "./tracks.ts";

export interface Scene {
  readonly boundaries: readonly Boundary[];
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

const [ZOOM_MIN, ZOOM_MAX, ZOOM_NEAR] = [5, 18, 16];
const EDGE_PX = 24;
const MARK_PX = 9;
/** With it a mark takes a finger as a button does: 2 · (9 + 16) px. */
const TOUCH_PX = 16;
/** More names than these would lie over each other; a city shows lines alone. */
const NAMES_MAX = 40;

export function openDrawing(
  box: HTMLElement,
  onView: (view: View) => void,
  onPick: (key: string | null) => void,
): Drawing {
  const map = new Field(box, {
    ...{ zoomControl: false, attributionControl: false, boxZoom: false, preferCanvas: true },
    // Cheap phones draw each step of an animation late, and some people cannot bear any.
    ...{ zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false },
    ...{ minZoom: ZOOM_MIN, maxZoom: ZOOM_MAX, renderer: new Canvas({ tolerance: TOUCH_PX, padding: 0.3 }) },
  });
  const tell = () => onView({ latDeg: map.getCenter().lat, zoom: map.getZoom() });
  map.on("moveend zoomend", tell);
  map.on("click", () => onPick(null));
  const layer = layerGroup().addTo(map);
  const size = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  size.observe(box);
  return {
    draw: (scene) => {
      layer.clearLayers();
      for (const shape of shapesOf(scene, coloursOf(box), onPick)) layer.addLayer(shape);
    },
    zoomBy: (levels) => map.setZoom(map.getZoom() + levels),
    showAll: (scene) => {
      const bounds = boundsOf(scene);
      if (bounds) map.fitBounds(bounds, { padding: [EDGE_PX, EDGE_PX], maxZoom: ZOOM_NEAR, animate: false });
    },
    goTo: (position) => map.setView([...position], Math.max(map.getZoom() || 0, ZOOM_NEAR), { animate: false }),
    close: () => {
      size.disconnect();
      map.remove();
    },
  };
}

/** The theme's own colours: a canvas knows nothing of style sheets. */
function coloursOf(box: HTMLElement): (name: string) => string {
  const style = getComputedStyle(box);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

type Colour = ReturnType<typeof coloursOf>;

function shapesOf(scene: Scene, colour: Colour, onPick: (key: string) => void): readonly Layer[] {
  const isNamed = scene.boundaries.length <= NAMES_MAX;
  return [
    ...scene.boundaries.flatMap((boundary, index) => boundaryShapes(boundary, index === 0, isNamed, colour)),
    ...scene.lines.flatMap((line) => trackShapes(line, colour)),
    ...(scene.here ? hereShapes(scene.here, colour) : []),
    ...scene.marks.map((mark) => markShape(mark, mark.key === scene.picked, colour, onPick)),
  ];
}

function boundaryShapes(boundary: Boundary, isWhole: boolean, isNamed: boolean, colour: Colour): readonly Layer[] {
  const line = { color: colour("line"), weight: 1.5, fill: false, interactive: false, dashArray: "6 4" };
  const outline = { ...line, color: colour("ink"), weight: 3, dashArray: "" };
  const point = pointOf(boundary);
  const rings = ringsOf(boundary).map((polygons) =>
    polygons.map((ring) => ring.map(([lat, lon]) => ({ lat, lng: lon }))),
  );
  const shape = point
    ? circleMarker([...point], { ...line, dashArray: "", radius: 3 })
    : polygon(rings, isWhole ? outline : line);
  const name = nameOf(boundary);
  return [
    isNamed && !isWhole
      ? shape.bindTooltip(name, { permanent: true, direction: "center", className: "map-name" })
      : shape,
  ];
}

/** An element and no text: Leaflet would write a text as HTML. */
function nameOf({ properties }: Boundary): HTMLElement {
  const name = document.createElement("span");
  name.textContent = properties.full_name;
  return name;
}

function trackShapes(line: readonly Position[], colour: Colour): readonly Layer[] {
  const points = line.map(([lat, lng]) => ({ lat, lng }));
  const [only] = points;
  if (points.length === 1 && only)
    return [
      circleMarker(only, { radius: 2, stroke: false, fillColor: colour("main"), fillOpacity: 1, interactive: false }),
    ];
  return [polyline(points, { color: colour("main"), weight: 4, interactive: false })];
}

function hereShapes({ latDeg, lonDeg, accuracyM }: Here, colour: Colour): readonly Layer[] {
  const ink = { color: colour("error"), interactive: false };
  const at = { lat: latDeg, lng: lonDeg };
  return [
    circle(at, { ...ink, radius: accuracyM, weight: 1.5, fillOpacity: 0.12 }),
    circleMarker(at, { ...ink, radius: 12, weight: 3, fill: false }),
    circleMarker(at, { ...ink, radius: 3, weight: 3, fillOpacity: 1 }),
  ];
}

function markShape({ key, position, records }: Mark, isPicked: boolean, colour: Colour, onPick: (key: string) => void) {
  const shape = circleMarker([...position], {
    radius: MARK_PX + Math.min(records.length - 1, 5) + (isPicked ? 5 : 0),
    color: colour(isPicked ? "ink" : "paper"),
    weight: isPicked ? 4 : 2,
    fillColor: colour("main"),
    fillOpacity: 1,
    bubblingMouseEvents: false,
  });
  return shape.on("click", () => onPick(key));
}

/** Of all that is drawn, the unit if it is known: a record far away must not make everything else too small to see. */
export function boundsOf({ boundaries, marks, lines, here }: Scene): LatLngBounds | null {
  const areas = boundaries.flatMap((each) => [
    ...ringsOf(each).flat(2),
    ...[pointOf(each)].filter((point) => point !== null),
  ]);
  const rest = [
    ...marks.map(({ position }) => position),
    ...lines.flat(),
    ...(here ? [[here.latDeg, here.lonDeg] as const] : []),
  ];
  const points = areas.length > 0 ? areas : rest;
  return points.length === 0 ? null : new LatLngBounds(points.map(([lat, lng]) => ({ lat, lng })));
}
