/** The legs of a patrol in the order in which they were gone. */
import type { Area, ShownRecord } from "../engine/contract.ts";
import { formatMoment } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { wordLabel } from "../i18n/kinds.ts";
import { useEngine } from "./engine-context.ts";
import { Icon } from "./icon.tsx";
import { momentOf, placeName } from "./record-row.tsx";
import { useLive } from "./use-live.ts";

/** Pure. */
export function legsOf(children: readonly ShownRecord[]): readonly ShownRecord[] {
  return children.filter(({ kind }) => kind === "leg").sort((left, right) => momentOf(left) - momentOf(right));
}

function words({ fields }: ShownRecord, areas: readonly Area[]): string {
  const transport = Array.isArray(fields.transport)
    ? fields.transport.map((word) => wordLabel("transport", String(word))).join(", ")
    : "";
  const route = typeof fields.route === "string" ? fields.route : "";
  return [transport, route, placeName(fields.place, areas)].filter(Boolean).join(" · ");
}

export function LegRows({ patrol }: { patrol: string }) {
  const engine = useEngine();
  const read = useLive(
    async () => ({ legs: legsOf(await engine.children(patrol)), areas: await engine.areas() }),
    [patrol],
  );
  if (!read || read.legs.length === 0) return null;
  return (
    <section>
      <h2>{pgettext("patrol.legs", "Legs")}</h2>
      <ul class="rows">
        {read.legs.map((leg) => (
          <li class="row" key={leg.id}>
            <a href={`/records/${leg.id}`}>
              <Icon name="patrol" />
              <span class="row-text">
                <strong>{formatMoment(momentOf(leg), engine.nowMs())}</strong>
                <span>{words(leg, read.areas)}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
