/** Tracks of patrols on this phone; fetched where the unit has turned them on. */
import { hexOf, sha256 } from "../photos/digest.ts";
import type { DeviceStore } from "../store/device-store.ts";
import type { SaveMoment } from "../store/save.ts";
import {
  countSegments,
  dropAfter,
  keepPoints,
  openTrack,
  patrolsWithPoints,
  pointsOfPatrol,
  saveSegment,
} from "../store/tracks.ts";
import { checkedText, nextSegment, type TrackEnd } from "../tracks/segments.ts";
import type { Tracks } from "./contract.ts";

export interface TrackParts {
  /** Of whoever is at work now: unlocking opens another one. */
  readonly store: () => DeviceStore;
  readonly newId: () => string;
  readonly moment: () => SaveMoment;
  readonly changed: () => Promise<void>;
}

export function openTracks(parts: TrackParts): Tracks {
  const { store, changed } = parts;
  return {
    open: () => store().read(openTrack),
    keep: (patrol, points) => store().writeTrack((tx) => keepPoints(tx, patrol, points)),
    points: (patrol) => store().read((tx) => pointsOfPatrol(tx, patrol)),
    waiting: () => store().read(patrolsWithPoints),
    save: async (patrol, end) => {
      // Where an officer went after the patrol is nobody's business.
      if (end) await store().writeTrack((tx) => dropAfter(tx, patrol, end.atMs));
      let n = 0;
      while (await saveNext(parts, patrol, end)) n += 1;
      if (n > 0) await changed();
    },
  };
}

/** False where nothing more is full. */
async function saveNext(parts: TrackParts, patrol: string, end: TrackEnd | null): Promise<boolean> {
  const store = parts.store();
  const { points, k, record } = await store.read(async (tx) => ({
    points: await pointsOfPatrol(tx, patrol),
    k: await countSegments(tx, patrol),
    record: await tx.objectStore("shown").get(patrol),
  }));
  const cut = nextSegment(points, end);
  if (!cut || !record) return false;
  const text = new TextEncoder().encode(checkedText(cut.segment, patrol, k));
  const { gaps, started_at, ...columns } = cut.segment;
  const lists = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, [...column]]));
  const set = { parent: patrol, k, started_at, ...lists, gaps: [...gaps], sha256: hexOf(await sha256(text)) };
  const change = { record: parts.newId(), kind: "track", partition: record.partition, set, seen: new Map() };
  const taken = points.slice(0, cut.taken);
  await store.write((tx) => saveSegment(tx, store.owner, change, taken, k, parts.moment()));
  return true;
}
