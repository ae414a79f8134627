/** Saving: one strict transaction allots `n`, stores the operations and what is shown of them (P1, A19). */
import { accepts, fieldOf } from "../sync/core/kinds.ts";
import { type Draft, draftOperation, isSendable } from "../sync/core/operation.ts";
import { type MergedFields, overlay } from "../sync/core/overlay.ts";
import type { Observed, Operation } from "../sync/core/record.ts";
import type { Value } from "../sync/core/value.ts";
import { type OutboxRow, readMeta, type WriteTx, writeMeta } from "./schema.ts";
import { type Owner, readKnown, refreshShown } from "./shown.ts";

/** New values of one record; see `Change` of the engine. */
export interface SaveChange {
  readonly record: string;
  readonly kind: string;
  readonly partition: string;
  readonly set: Readonly<Record<string, Value>>;
  readonly decides?: readonly string[];
  readonly seen?: MergedFields;
}

export interface SaveMoment {
  readonly nowMs: number;
  readonly observed: Observed;
  readonly newTag: () => string;
}

/** Thrown inside the transaction so that it aborts and nothing half is kept; the store turns it into a value. */
export class Unsendable extends Error {}

/** One person is on one patrol: this would have opened a second one, or opened one again beside another. */
export class PatrolOpen extends Error {}

export async function saveChanges(
  tx: WriteTx,
  owner: Owner,
  changes: readonly SaveChange[],
  moment: SaveMoment,
): Promise<void> {
  const before = changes.some(({ kind }) => kind === "patrol") ? await openPatrols(tx) : null;
  for (const change of changes) await saveChange(tx, owner, change, moment);
  await refreshShown(
    tx,
    owner,
    changes.map((change) => change.record),
  );
  if (before) await demandOneOpen(tx, before);
}

/** By the mark alone, which is readable while the app is locked. */
async function openPatrols(tx: WriteTx): Promise<readonly string[]> {
  return await tx.objectStore("shown").index("open_patrol").getAllKeys();
}

/** In the transaction that writes: two tabs that start at once are one after the other here. */
async function demandOneOpen(tx: WriteTx, before: readonly string[]): Promise<void> {
  const now = await openPatrols(tx);
  // Two may have come from the server, one of them begun on another phone: both can still be worked on and ended.
  if (now.length > 1 && now.some((id) => !before.includes(id))) throw new PatrolOpen();
}

async function saveChange(tx: WriteTx, owner: Owner, change: SaveChange, moment: SaveMoment): Promise<void> {
  const n = (await readMeta(tx, "next_n")) ?? 1;
  const known = await readKnown(tx, change.record);
  const { nowMs, observed } = moment;
  // A record keeps the partition and kind of its first operation (P27); the form may have an older opinion.
  const { kind, partition } = known.record ?? known.own[0]?.operation ?? change;
  const { record, set, decides = [], seen } = change;
  const draft: Draft = { n, tag: moment.newTag(), record, kind, partition, set, decides, seen, nowMs, observed };
  const operation = draftOperation(draft, overlay(owner.device, known.record, known.own));
  if (!isSendable(operation) || !fits(operation)) throw new Unsendable(change.kind);
  await putInOutbox(tx, operation, nowMs);
  await writeMeta(tx, "next_n", n + 1);
}

/** What this app's own kinds refuse; a kind or field that it does not know is the server's to judge. */
function fits({ kind, set }: Operation): boolean {
  return Object.entries(set).every(([name, value]) => {
    const field = fieldOf(kind, name);
    return field === null || accepts(field, value);
  });
}

async function putInOutbox(tx: WriteTx, operation: Operation, saved_ms: number): Promise<void> {
  if (tight.has(tx)) throw new WithoutRoom();
  // `add`, not `put`: a number that is already taken must abort, never replace an operation (P7).
  const { n, record, tag } = operation;
  const row = { n, record, tag, operation, saved_ms };
  await tx.objectStore("outbox").add(row);
  written.set(tx, [...savedIn(tx), row]);
}

/** The spare copy has to be asked for room first; thrown before anything is written. */
export class WithoutRoom extends Error {}

const tight = new WeakSet<WriteTx>();

/** This transaction may change what stands, but make no operation. */
export function makeTight(tx: WriteTx): void {
  tight.add(tx);
}

/** For the spare copy, once the transaction is complete. */
const written = new WeakMap<WriteTx, readonly OutboxRow[]>();

export function savedIn(tx: WriteTx): readonly OutboxRow[] {
  return written.get(tx) ?? [];
}
