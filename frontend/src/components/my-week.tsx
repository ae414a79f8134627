/** "Kết quả của tôi": what this officer recorded this week, counted on the phone and shown to nobody else. */
import type { ShownRecord } from "../engine/contract.ts";
import { dayOf, formatNumber } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { kindLabel } from "../i18n/kinds.ts";
import { minutesBetween } from "../sync/core/minutes.ts";
import { useEngine } from "./engine-context.ts";
import { momentOf } from "./record-row.tsx";
import { useLive } from "./use-live.ts";

const KINDS = ["patrol", "incident", "outreach", "handout", "meeting", "inspection", "residence_check"];
const RECORDS_MAX = 1_000;
const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;

/** The days since Monday, today among them, as `2026-11-23`. */
export function daysOfWeek(nowMs: number): ReadonlySet<string> {
  const today = dayOf(nowMs);
  // Monday is the first day of the week here; noon keeps clear of the edges of days.
  const sinceMonday = (new Date(`${today}T12:00:00Z`).getUTCDay() + 6) % WEEK_DAYS;
  return new Set(Array.from({ length: sinceMonday + 1 }, (_, back) => dayOf(nowMs - back * DAY_MS)));
}

export interface WeekRow {
  readonly kind: string;
  readonly count: number;
  /** Of patrols, whole minutes as the figures count them; of hand-outs, leaflets. */
  readonly amount: number;
}

/** Pure: one row for each kind of which there is something. */
export function weekRows(records: readonly ShownRecord[], nowMs: number): readonly WeekRow[] {
  const days = daysOfWeek(nowMs);
  const own = records.filter((record) => days.has(dayOf(momentOf(record))));
  return KINDS.flatMap((kind) => {
    const found = own.filter((record) => record.kind === kind);
    return found.length === 0
      ? []
      : [{ kind, count: found.length, amount: found.reduce((sum, r) => sum + amountOf(r), 0) }];
  });
}

function amountOf({ kind, fields }: ShownRecord): number {
  const number = (name: string) => (typeof fields[name] === "number" ? fields[name] : null);
  if (kind === "patrol") return minutesBetween(number("started_at"), number("ended_at")) ?? 0;
  return kind === "handout" ? (number("leaflets") ?? 0) : 0;
}

function amountText({ kind, amount }: WeekRow): string {
  if (amount === 0) return "";
  const n = formatNumber(amount);
  return kind === "patrol"
    ? pgettext("record.minutes", "%(n)s minutes", { n })
    : pgettext("home.leaflets", "%(n)s leaflets", { n });
}

export function MyWeek() {
  const engine = useEngine();
  const records = useLive(() => engine.list({ kinds: KINDS, own: true, limit: RECORDS_MAX })) ?? [];
  const rows = weekRows(records, engine.nowMs());
  if (rows.length === 0) return null;
  return (
    <section>
      <h2>{pgettext("home.my_week", "My results this week")}</h2>
      <p class="quiet">{pgettext("home.my_week_private", "Counted on this phone, for you alone.")}</p>
      <dl class="facts">
        {rows.map((row) => (
          <div key={row.kind}>
            <dt>{kindLabel(row.kind)}</dt>
            <dd>{[formatNumber(row.count), amountText(row)].filter(Boolean).join(" · ")}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
