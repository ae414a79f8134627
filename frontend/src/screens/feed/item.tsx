/** One activity in the feed: what, where, when, who, how much, what hangs on it. */
import { Flags } from "../../components/flags.tsx";
import { Icon, kindIcon } from "../../components/icon.tsx";
import { keyNumbers } from "../../components/record-row.tsx";
import { formatMoment } from "../../i18n/formats.ts";
import { npgettext, pgettext } from "../../i18n/index.ts";
import { kindLabel } from "../../i18n/kinds.ts";
import { shownValues, type WirePhoto, type WireRecord } from "../wire.ts";

export interface FeedItem extends WireRecord {
  readonly review: { readonly verdict: string } | null;
}

/** "Phát tờ rơi: 2 phiếu": children of one kind together, in the order in which they come. */
export function childrenSummary(children: readonly WireRecord[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const child of children) counts.set(child.kind, (counts.get(child.kind) ?? 0) + 1);
  return [...counts].map(([kind, n]) => {
    const numbers =
      n === 1
        ? children
            .filter((child) => child.kind === kind)
            .map(numbersOf)
            .join("")
        : "";
    const records = npgettext("feed.children", "%(n)s record", "%(n)s records", n);
    return `${kindLabel(kind)}: ${numbers || records}`;
  });
}

const numbersOf = (record: WireRecord): string => keyNumbers(record.kind, shownValues(record));

function verdictLabel(review: FeedItem["review"]): string {
  if (review?.verdict === "confirmed") return pgettext("verdict.confirmed", "Confirmed");
  if (review?.verdict === "returned") return pgettext("verdict.returned", "Returned for completion");
  return "";
}

/** How many there are; while bytes are missing, how many have come (P23). */
function Photos({ photos }: { photos: readonly WirePhoto[] }) {
  const [done, total] = [photos.filter(({ received }) => received).length, photos.length];
  if (total === 0) return null;
  if (done === total) return <span>{pgettext("feed.photos", "Photos: %(n)s", { n: total })}</span>;
  return (
    <span class="mark mark-waiting">
      <Icon name="waiting" /> {pgettext("state.photos", "Photos %(done)s of %(total)s", { done, total })}
    </span>
  );
}

interface Props {
  readonly item: FeedItem;
  readonly nowMs: number;
}

export function Item({ item, nowMs }: Props) {
  const fields = shownValues(item);
  const at = typeof fields.started_at === "number" ? fields.started_at : item.created.received_ms;
  const place = item.place_name || item.unit_name;
  return (
    <li class="row">
      <a href={`/records/${item.id}`}>
        <Icon name={kindIcon(item.kind)} />
        <span class="row-text">
          <strong>{kindLabel(item.kind)}</strong>
          <span>{[formatMoment(at, nowMs), place].filter(Boolean).join(" · ")}</span>
          <span>{numbersOf(item)}</span>
          {childrenSummary(item.children ?? []).map((line) => (
            <span key={line}>{line}</span>
          ))}
          <Photos photos={item.photos ?? []} />
          <span class="quiet">{[item.created.by.name, verdictLabel(item.review)].filter(Boolean).join(" · ")}</span>
          {typeof fields.void === "string" && <span class="mark mark-held">{pgettext("state.void", "Voided")}</span>}
        </span>
      </a>
      <Flags flags={item.flags} />
    </li>
  );
}
