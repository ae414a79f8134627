/** What a person decided about a held operation: whether it was let in or closed, who said so, when and why. */
import { formatDateTime } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";

export interface Decision {
  readonly by: { readonly name: string };
  readonly at_ms: number;
  readonly reason: string;
}

export function Decided({ status, decision }: { status: string | undefined; decision: Decision }) {
  const { by, at_ms, reason } = decision;
  const what =
    status === "closed" ? pgettext("held.closed", "Closed, not counted") : pgettext("held.released", "Released");
  return (
    <p class="notice">
      <strong>{what}</strong>: {reason} (
      {pgettext("conflict.by", "%(who)s at %(time)s", { who: by.name, time: formatDateTime(at_ms) })})
    </p>
  );
}
