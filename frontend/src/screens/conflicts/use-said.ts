/** Who said the values of a record, asked of the server when there is one; without a network nothing is missing but names. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import type { Value } from "../../engine/contract.ts";
import { type Page, withQuery } from "../wire.ts";
import type { WireSaid } from "./head-rows.ts";

export interface WireConflict {
  readonly record: string;
  readonly kind: string;
  readonly partition: string;
  readonly place_name: string | null;
  readonly unit_name: string | null;
  readonly day: string;
  readonly field: string;
  readonly heads: readonly { readonly value: Value; readonly said: readonly WireSaid[] }[];
}

export const NOTHING_SAID: ReadonlyMap<string, WireSaid> = new Map();

/** `heads`: asked again when other heads stand there. */
export function useSaid(record: string, heads: string): ReadonlyMap<string, WireSaid> {
  const engine = useEngine();
  const [said, setSaid] = useState(NOTHING_SAID);
  const { offline } = engine.status.value;
  useEffect(() => {
    let current = true;
    const ask = async () => {
      const outcome = await engine.get<Page<WireConflict>>(withQuery("/api/v1/conflicts", { record, limit: "200" }));
      if (!current || !outcome.ok || !outcome.value.body) return;
      const all = outcome.value.body.items.flatMap((item) => item.heads.flatMap((head) => head.said));
      setSaid(new Map(all.map((one) => [one.id, one])));
    };
    if (!offline && heads !== "") void ask();
    return () => {
      current = false;
    };
  }, [engine, record, heads, offline]);
  return said;
}
