/** The shapes of the wire that the phone shares with the server: operations (P5) and records (P18). */
import type { ServerStamp, Stamp } from "./stamp.ts";
import type { Value } from "./value.ts";

/** A value and the ids of the operations that set it: one, or several by P9. */
export type Head = readonly [value: Value, ...ids: string[]];

export interface Touch {
  readonly by: { readonly id: string; readonly name: string };
  readonly device: string;
  readonly received_ms: number;
}

export interface ServerRecord {
  readonly id: string;
  readonly kind: string;
  readonly seq: number;
  readonly partition: string;
  readonly fields: Readonly<Record<string, Head>>;
  readonly siblings: Readonly<Record<string, readonly Head[]>>;
  readonly stamps: Readonly<Record<string, ServerStamp>>;
  readonly created: Touch;
  readonly changed: Touch;
  readonly flags: readonly string[];
}

/** What the feed of a partition carries for a record that has left it (P27). */
export interface Moved {
  readonly id: string;
  readonly seq: number;
  readonly moved: true;
}

/** What the device saw of its clock when it made an operation: evidence, never a reason to refuse (P12). */
export interface Observed {
  readonly wall_ms: number;
  readonly offset_ms: number | null;
  readonly offset_age_ms: number | null;
  readonly mono_ms: number;
}

export interface Operation {
  readonly n: number;
  readonly tag: string;
  readonly record: string;
  readonly kind: string;
  readonly partition: string;
  readonly set: Readonly<Record<string, Value>>;
  readonly prev: Readonly<Record<string, readonly string[]>>;
  readonly saw?: readonly string[];
  readonly stamp: Stamp;
  readonly observed: Observed;
  readonly schema: number;
}

export interface Receipt {
  readonly n: number;
  readonly status: "accepted" | "held";
  readonly hash: string | null;
  /** Null for an operation whose form the server could not read. */
  readonly effective_ms: number | null;
  readonly suspect: boolean;
  readonly code?: string;
}
