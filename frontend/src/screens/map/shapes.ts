/** What is drawn, lowest first, in the theme's own colours: a canvas knows nothing of style sheets. */
import {
  type CircleMarker,
  circle,
  circleMarker,
  type Map as Field,
  LatLngBounds,
  type LatLngLiteral,
  type Layer,
  polygon,
  polyline,
  tooltip,
} from "leaflet";
import type { Here } from "../../platform/one-position.ts";
import { pointOf, ringsOf } from "./boundaries.ts";
import type { Scene } from "./drawing.ts";
import type { Mark } from "./marks.ts";
import type { Position } from "./tracks.ts";
import type { Shown } from "./use-boundaries.ts";

/** Beyond the edge of a mark: with it the smallest takes a finger as a button does, 48 px. */
export const TOUCH_PX = 18;
const [MARK_PX_MIN, MARK_PX_MAX] = [6, 10];
/** A mark is as small as it may be up to this zoom, and grows by a pixel with each level. */
const ZOOM_OF_SMALL_MARKS = 13;
const LETTER_PX = 11;

type Colour = (name: string) => string;

/** Outlines, tracks and the own position, which are as they are at every zoom. */
export function groundShapes(map: Field, scene: Scene): readonly Layer[] {
  const colour = coloursOf(map);
  // The unit's own line lies over those of its parts.
  const areas = [...scene.boundaries].sort((left, right) => Number(left.isUnit) - Number(right.isUnit));
  return [
    ...areas.map((area) => areaShape(area, colour)),
    ...scene.lines.map((line) => trackShape(line, colour)),
    ...(scene.here ? hereShapes(scene.here, colour) : []),
  ];
}

export function markShapes(map: Field, scene: Scene, onPick: (key: string) => void): readonly CircleMarker[] {
  const [colour, zoom] = [coloursOf(map), map.getZoom()];
  return scene.marks.map((mark) => {
    const isPicked = mark.key === scene.picked;
    const shape = circleMarker(at(mark.position), {
      ...lookOf(isPicked, colour),
      radius: radiusOf(mark, isPicked, zoom),
    });
    return shape.on("click", () => onPick(mark.key));
  });
}

export function nameShapes(map: Field, { boundaries }: Scene): readonly Layer[] {
  return boundaries.filter(({ isUnit }) => !isUnit).flatMap((area) => nameShape(map, area));
}

function coloursOf(map: Field): Colour {
  const style = getComputedStyle(map.getContainer());
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

function areaShape(area: Shown, colour: Colour): Layer {
  const part = { color: colour("line"), weight: 1.5, fill: false, interactive: false, dashArray: "6 4" };
  const unit = { ...part, color: colour("ink"), weight: 3, dashArray: "" };
  const point = pointOf(area);
  return point
    ? circleMarker(at(point), { ...part, dashArray: "", radius: 3 })
    : polygon(latLngsOf(area), area.isUnit ? unit : part);
}

const latLngsOf = (area: Shown) => ringsOf(area).map((rings) => rings.map((ring) => ring.map(at)));

const at = ([lat, lng]: Position): LatLngLiteral => ({ lat, lng });

/** In full where there is room, else the bare name, else none: names over names say nothing. */
function nameShape(map: Field, area: Shown): readonly Layer[] {
  const point = pointOf(area);
  const bounds = new LatLngBounds(point ? [at(point)] : latLngsOf(area).flat(2));
  const { name, full_name } = area.properties;
  const px = map.latLngToLayerPoint(bounds.getNorthEast()).x - map.latLngToLayerPoint(bounds.getSouthWest()).x;
  const fitting = point ? full_name : [full_name, name].find((text) => text.length * LETTER_PX <= px);
  if (fitting === undefined) return [];
  const look = { permanent: true, direction: "center", className: "map-name", opacity: 1 } as const;
  return [tooltip(look).setLatLng(bounds.getCenter()).setContent(elementOf(fitting))];
}

/** An element and no text: Leaflet would write a text as HTML. */
function elementOf(text: string): HTMLElement {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}

/** A lone point is a dot: nothing is known of the way to the next. */
function trackShape(line: readonly Position[], colour: Colour): Layer {
  const [only] = line;
  return line.length === 1 && only
    ? circleMarker(at(only), { radius: 2, color: colour("main"), fillOpacity: 1, interactive: false })
    : polyline(line.map(at), { color: colour("main"), weight: 4, interactive: false });
}

function hereShapes({ latDeg, lonDeg, accuracyM }: Here, colour: Colour): readonly Layer[] {
  const ink = { color: colour("error"), interactive: false };
  const point = at([latDeg, lonDeg]);
  return [
    circle(point, { ...ink, radius: accuracyM, weight: 1.5, fillOpacity: 0.12 }),
    circleMarker(point, { ...ink, radius: 14, weight: 3, fill: false }),
    circleMarker(point, { ...ink, radius: 3, weight: 3, fillOpacity: 1 }),
  ];
}

const lookOf = (isPicked: boolean, colour: Colour) => ({
  color: colour(isPicked ? "ink" : "paper"),
  weight: isPicked ? 4 : 2,
  fillColor: colour("main"),
  fillOpacity: 1,
  bubblingMouseEvents: false,
});

export function radiusOf({ records }: Mark, isPicked: boolean, zoom: number): number {
  const grown = Math.min(MARK_PX_MAX, Math.max(MARK_PX_MIN, MARK_PX_MIN + zoom - ZOOM_OF_SMALL_MARKS));
  return grown + Math.min(records.length - 1, 4) + (isPicked ? 5 : 0);
}
