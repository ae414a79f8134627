/** Own operations that the commander has closed, with the reason: they are no longer on this phone. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import type { Area } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";
import { type Page, withQuery } from "../wire.ts";
import { Item } from "./item.tsx";
import { groupsOf, type HeldItem } from "./wire.ts";

const SHOWN_DAYS = 30;
const DAY_MS = 86_400_000;

/** Silent without a network, and when there are none: it is news, not a state of this phone. */
export function OwnClosed({ areas }: { areas: readonly Area[] }) {
  const engine = useEngine();
  const [items, setItems] = useState<readonly HeldItem[]>([]);
  const { offline, heldRecords } = engine.status.value;
  const user = engine.session.value?.user.id;
  useEffect(() => {
    if (offline) return;
    engine.get<Page<HeldItem>>(withQuery("/api/v1/held", { state: "closed" })).then((outcome) => {
      const since = engine.nowMs() - SHOWN_DAYS * DAY_MS;
      const all = outcome.ok ? (outcome.value.body?.items ?? []) : [];
      setItems(all.filter((item) => item.author.id === user && (item.decision?.at_ms ?? 0) >= since));
    });
  }, [engine, offline, heldRecords, user]);
  if (items.length === 0) return null;
  return (
    <>
      <h3>{pgettext("held.own_closed", "Closed by the commander")}</h3>
      <ul class="cards">
        {groupsOf(items).map((group) => (
          <Item key={group.key} group={group} areas={areas} />
        ))}
      </ul>
    </>
  );
}
