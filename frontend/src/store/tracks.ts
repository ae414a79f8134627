/** Points of a patrol's track, until they are records: each stands on the disk in a transaction of its own. */
import { type SaveChange, type SaveMoment, saveChanges } from "./save.ts";
import type { ReadTx, TrackPointRow, WriteTx } from "./schema.ts";
import { onDisk } from "./sealed/transaction.ts";
import type { Owner } from "./shown.ts";

const ofPatrol = (patrol: string) => IDBKeyRange.bound([patrol], [patrol, []]);

export async function keepPoints(
  tx: WriteTx,
  patrol: string,
  points: readonly Omit<TrackPointRow, "patrol">[],
): Promise<void> {
  const store = tx.objectStore("track_points");
  for (const point of points) await store.put({ patrol, ...point });
}

/** In the order of time. Rejects with `Locked` where this tab has no key. */
export async function pointsOfPatrol(tx: ReadTx, patrol: string): Promise<TrackPointRow[]> {
  return await tx.objectStore("track_points").getAll(ofPatrol(patrol));
}

export async function dropAfter(tx: WriteTx, patrol: string, atMs: number): Promise<void> {
  await tx.objectStore("track_points").delete(IDBKeyRange.bound([patrol, atMs], [patrol, []], true));
}

/** Patrols that have points which are no records yet. */
export async function patrolsWithPoints(tx: ReadTx): Promise<string[]> {
  const keys = await tx.objectStore("track_points").getAllKeys();
  return [...new Set(keys.map(([patrol]) => patrol))];
}

/** The patrol that is open and the time of its last point, by what is readable while the app is locked. */
export async function openTrack(
  tx: ReadTx,
): Promise<{ readonly patrol: string; readonly lastMs: number | null } | null> {
  const rows = await onDisk(tx).objectStore("shown").index("open_patrol").getAll();
  const [row] = rows.sort((left, right) => (right.listed_ms ?? 0) - (left.listed_ms ?? 0));
  if (!row) return null;
  const cursor = await onDisk(tx).objectStore("track_points").openKeyCursor(ofPatrol(row.id), "prev");
  return { patrol: row.id, lastMs: cursor ? cursor.key[1] : null };
}

export async function countSegments(tx: ReadTx, patrol: string): Promise<number> {
  const rows = await onDisk(tx).objectStore("shown").index("parent").getAll(patrol);
  return rows.filter(({ kind }) => kind === "track").length;
}

/** The record, and its points gone, at once; nothing where another tab was first. */
export async function saveSegment(
  tx: WriteTx,
  owner: Owner,
  change: SaveChange,
  taken: readonly TrackPointRow[],
  k: number,
  moment: SaveMoment,
): Promise<void> {
  const store = tx.objectStore("track_points");
  const there = await Promise.all(taken.map(({ patrol, at_ms }) => store.getKey([patrol, at_ms])));
  const [first] = taken;
  if (!first || there.includes(undefined) || (await countSegments(tx, first.patrol)) !== k) return;
  await saveChanges(tx, owner, [change], moment);
  for (const { patrol, at_ms } of taken) await store.delete([patrol, at_ms]);
}
