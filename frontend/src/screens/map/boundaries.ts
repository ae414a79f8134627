/** Boundaries of the unit and its hamlets: asked for with an ETag, and kept beside the app for use without a network. */
import type { Engine } from "../../engine/contract.ts";
import { OUTLINES } from "../../platform/device-storage.ts";
import type { Position } from "./tracks.ts";

export interface Boundary {
  readonly type: "Feature";
  readonly id: string;
  readonly properties: {
    readonly kind: string;
    readonly name: string;
    readonly full_name: string;
    /** Where it comes from, in words for people. */
    readonly source: string;
  };
  readonly geometry:
    | { readonly type: "Point"; readonly coordinates: Lonlat }
    | { readonly type: "Polygon"; readonly coordinates: readonly Ring[] }
    | { readonly type: "MultiPolygon"; readonly coordinates: readonly (readonly Ring[])[] };
}
export interface Boundaries {
  readonly type: "FeatureCollection";
  readonly features: readonly Boundary[];
}
type Lonlat = readonly [lonDeg: number, latDeg: number];
type Ring = readonly Lonlat[];

const pathOf = (unit: string): string => `/api/v1/areas/${encodeURIComponent(unit)}/geometry`;

/** What was kept; null where nothing was, or where the browser keeps nothing for a page without TLS. */
export async function keptBoundaries(unit: string): Promise<Boundaries | null> {
  return (await kept(unit))?.body ?? null;
}

/** What the server has now, kept from now on; null where it is as it was, undefined where it cannot be had. */
export async function askBoundaries(engine: Engine, unit: string): Promise<Boundaries | null | undefined> {
  const known = await kept(unit);
  const answer = await engine.get<Boundaries>(pathOf(unit), known?.etag ?? null);
  if (!answer.ok) return undefined;
  const { unchanged, body, etag } = answer.value;
  if (unchanged || !body) return null;
  await keep(unit, body, etag).catch(() => undefined);
  return body;
}

async function kept(unit: string): Promise<{ readonly body: Boundaries; readonly etag: string | null } | null> {
  try {
    const found = await (await caches.open(OUTLINES)).match(pathOf(unit));
    return found ? { body: (await found.json()) as Boundaries, etag: found.headers.get("ETag") } : null;
  } catch {
    return null;
  }
}

async function keep(unit: string, body: Boundaries, etag: string | null): Promise<void> {
  const headers = { "Content-Type": "application/geo+json", ...(etag ? { ETag: etag } : {}) };
  await (await caches.open(OUTLINES)).put(pathOf(unit), new Response(JSON.stringify(body), { headers }));
}

/** The rings of an area as the map wants them; none for an area of which one point is known. */
export function ringsOf({ geometry }: Boundary): readonly (readonly (readonly Position[])[])[] {
  if (geometry.type === "Point") return [];
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.map((rings) => rings.map((ring) => ring.map(turned)));
}

export const pointOf = ({ geometry }: Boundary): Position | null =>
  geometry.type === "Point" ? turned(geometry.coordinates) : null;

/** GeoJSON says east before north. */
const turned = ([lonDeg, latDeg]: Lonlat): Position => [latDeg, lonDeg];
