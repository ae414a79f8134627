/** Held operations as `GET /api/v1/held` tells of them. */
import type { Value } from "../../engine/contract.ts";
import { isObject } from "../../sync/core/value.ts";
import type { Decision } from "./decided.tsx";

export interface HeldItem {
  readonly id: string;
  readonly device: string;
  readonly device_name: string;
  readonly n: number;
  /** As it was sent; its JSON as text where not every reader could take it. */
  readonly operation: unknown;
  readonly record: string | null;
  readonly status: "held" | "closed" | "accepted";
  readonly code: string | null;
  readonly title: string | null;
  readonly detail: string | null;
  readonly author: { readonly id: string; readonly name: string };
  readonly received_ms: number;
  readonly may_decide: boolean;
  readonly decision: Decision | null;
}

/** Operations of one record that are held, or closed, for one reason: one thing to a person. */
export interface HeldGroup {
  readonly key: string;
  /** In the order in which they were made. */
  readonly items: readonly [HeldItem, ...HeldItem[]];
  readonly kind: string;
  /** What they come to, the later over the earlier. */
  readonly set: Readonly<Record<string, Value>>;
}

/** In the order of the list: the last received first. */
export function groupsOf(items: readonly HeldItem[]): readonly HeldGroup[] {
  const groups = new Map<string, [HeldItem, ...HeldItem[]]>();
  for (const item of items) {
    const { record, id, device, code, status, decision } = item;
    const key = JSON.stringify([record ?? id, device, code, status, decision?.reason]);
    groups.set(key, [item, ...(groups.get(key) ?? [])]);
  }
  return [...groups].map(([key, own]) => {
    own.sort((left, right) => left.n - right.n);
    const contents = own.map(contentOf);
    const set = Object.assign({}, ...contents.map((content) => content.set)) as Record<string, Value>;
    return { key, items: own, kind: contents[0]?.kind ?? "", set };
  });
}

/** What can be shown of it: it may be anything that a phone has sent. */
function contentOf({ operation }: HeldItem): { readonly kind: string; readonly set: Readonly<Record<string, Value>> } {
  if (!isObject(operation)) return { kind: "", set: {} };
  const kind = typeof operation.kind === "string" ? operation.kind : "";
  return { kind, set: isObject(operation.set) ? (operation.set as Record<string, Value>) : {} };
}
