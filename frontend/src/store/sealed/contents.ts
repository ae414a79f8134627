/**
 * What of a row is sealed, and what stays readable: ids, numbers, kinds, times and marks, by which rows are found and
 * counted while the app is locked. Everything that somebody wrote is sealed.
 */
import type { DeviceSchema } from "../schema.ts";

type Sealing = { readonly [Name in keyof DeviceSchema]?: readonly (keyof DeviceSchema[Name]["value"])[] | "whole" };

const SEALED: Sealing = {
  outbox: ["operation"],
  receipted: ["operation"],
  records: ["record"],
  drafts: ["typed", "opened"],
  photo_files: "whole",
  track_points: ["lat_e6", "lon_e6", "accuracy_m"],
  shown: [
    "partition",
    "fields",
    "conflicts",
    "waiting_n",
    "held_codes",
    "created_ms",
    "changed_ms",
    "author",
    "flags",
    "folded",
  ],
};

export const SEALED_STORES = Object.keys(SEALED) as (keyof typeof SEALED & string)[];

export type Row = Readonly<Record<string, unknown>>;

/** A row on the disk: in the place of its contents what they were sealed to. */
export interface SealedRow extends Row {
  readonly sealed: ArrayBuffer;
}

export const isSealedStore = (store: string): boolean => Object.hasOwn(SEALED, store);

/** Rows of this store have no readable part. */
export const isWhole = (store: string): boolean => SEALED[store as keyof Sealing] === "whole";

/** Of a version before rows were sealed. */
export const isSealed = (row: unknown): row is SealedRow =>
  typeof row === "object" && row !== null && (row as Partial<SealedRow>).sealed instanceof ArrayBuffer;

export function readableOf(store: string, row: Row): Row {
  const names = new Set<string>(namesOf(store));
  return Object.fromEntries(Object.entries(row).filter(([name]) => !names.has(name)));
}

export function contentsOf(store: string, row: Row): Uint8Array<ArrayBuffer> {
  const contents = Object.fromEntries(namesOf(store).flatMap((name) => (name in row ? [[name, row[name]]] : [])));
  return new TextEncoder().encode(JSON.stringify(contents, encoded));
}

export function joined({ sealed: _, ...readable }: SealedRow, contents: Uint8Array): Row {
  return { ...readable, ...(JSON.parse(new TextDecoder().decode(contents), decoded) as Row) };
}

const namesOf = (store: string): readonly string[] => SEALED[store as keyof Sealing] as readonly string[];

/** No text of a record has this character (P6), so no field can be taken for it. */
const MAP = "\u0000map";

/** Drafts keep heads by field, which JSON has no word for. */
function encoded(_: string, value: unknown): unknown {
  return value instanceof Map ? { [MAP]: [...value] } : value;
}

function decoded(_: string, value: unknown): unknown {
  const isMap = typeof value === "object" && value !== null && Object.hasOwn(value, MAP);
  return isMap ? new Map((value as Record<string, [unknown, unknown][]>)[MAP]) : value;
}
