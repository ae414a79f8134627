/** Phones whose browser has erased what was stored: for the commander, who asks what is to be entered again. */
import { usePolled } from "../../components/use-polled.ts";
import { formatDateTime, formatNumber } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import type { Page } from "../wire.ts";

interface Device {
  readonly id: string;
  readonly name: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly holds: number;
  readonly lost_store_ms: number;
}

const PATH = "/api/v1/devices?lost_store=true&limit=20";

export function LostStores() {
  const { body } = usePolled<Page<Device>>(PATH);
  if (!body || body.items.length === 0) return null;
  return (
    <section>
      <h2>{pgettext("loss.title", "Devices whose data the browser erased")}</h2>
      <ul class="rows">
        {body.items.map((device) => (
          <li class="row row-text" key={device.id}>
            <strong>{device.user.name}</strong>
            <span>{pgettext("loss.noticed", "Noticed %(time)s", { time: formatDateTime(device.lost_store_ms) })}</span>
            <span>
              {device.holds > 0
                ? pgettext("loss.may_miss", "Changes that may be missing: %(n)s", { n: formatNumber(device.holds) })
                : pgettext("loss.had_nothing", "It had nothing to send when it was last heard.")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
