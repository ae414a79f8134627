/** Records and lists as the server writes them (P18). */
import type { Value } from "../engine/contract.ts";

export interface WireRecord {
  readonly id: string;
  readonly kind: string;
  readonly partition: string;
  readonly fields: Readonly<Record<string, readonly [Value, ...string[]]>>;
  readonly siblings?: Readonly<Record<string, readonly (readonly [Value, ...string[]])[]>>;
  readonly created: { readonly by: { readonly id: string; readonly name: string }; readonly received_ms: number };
  readonly flags: readonly string[];
  readonly place_name?: string | null;
  readonly unit_name?: string | null;
  readonly children?: readonly WireRecord[];
  readonly photos?: readonly WirePhoto[];
}

/** A photo of a record; `received`: the server has its bytes (P23). */
export interface WirePhoto {
  readonly id: string;
  readonly sha256: string | null;
  readonly received: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** A head is its value followed by its ids: only the value is for people. */
export const shownValues = (record: Pick<WireRecord, "fields">): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(record.fields).map(([name, head]) => [name, head[0]]));

/** A path with a query, the empty values left out. */
export function withQuery(path: string, values: Readonly<Record<string, string | null>>): string {
  const kept = Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const query = new URLSearchParams(kept).toString();
  return query ? `${path}?${query}` : path;
}
