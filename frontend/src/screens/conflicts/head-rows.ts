/** The values of a field that stand beside each other, with whatever is known of who said them and when. */
import type { Value } from "../../engine/contract.ts";
import { formatMoment } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { headsOf, type MergedFields } from "../../sync/core/overlay.ts";
import { parseOperationId } from "../../sync/core/stamp.ts";

/** One operation as `GET /api/v1/conflicts` tells of it. */
export interface WireSaid {
  readonly id: string;
  readonly author: { readonly name: string } | null;
  readonly device_name: string | null;
  readonly at_ms: number;
  readonly received_ms: number | null;
  readonly suspect: boolean;
}

export interface HeadRow {
  readonly value: Value;
  readonly ids: readonly string[];
  /** Everybody who said it, the highest key first (P9). */
  readonly sources: readonly Source[];
  readonly isSuspect: boolean;
}

/** "Nguyễn Thị Lan at 07:05", on which device, and when the server had it. */
export interface Source {
  readonly id: string;
  readonly by: string;
  readonly device: string | null;
  readonly received: string | null;
}

export interface Sources {
  /** By device: whom this phone knows without a network. */
  readonly people: ReadonlyMap<string, { readonly name: string }>;
  /** By operation: what the server has told. */
  readonly said: ReadonlyMap<string, WireSaid>;
}

export function headRows(fields: MergedFields, name: string, sources: Sources, nowMs: number): readonly HeadRow[] {
  return headsOf(fields, name).map(({ value, ids, key }) => ({
    value,
    ids,
    // The phone knows the time of the first of several that say the same; a clock that ran ahead is not believed.
    sources: ids.map((id, at) => sourceOf(id, sources, at === 0 ? Math.min(key.ms, key.effectiveMs) : null, nowMs)),
    isSuspect: key.ms !== key.effectiveMs || ids.some((id) => sources.said.get(id)?.suspect === true),
  }));
}

function sourceOf(id: string, { people, said }: Sources, ms: number | null, nowMs: number): Source {
  const told = said.get(id);
  const device = parseOperationId(id)?.device ?? "";
  const who = told?.author?.name ?? people.get(device)?.name ?? pgettext("conflict.other_device", "Another device");
  const atMs = told?.at_ms ?? ms;
  const receivedMs = told?.received_ms ?? null;
  const moment = (time: number) => ({ time: formatMoment(time, nowMs) });
  return {
    id,
    by: atMs === null ? who : pgettext("conflict.by", "%(who)s at %(time)s", { who, ...moment(atMs) }),
    device: told?.device_name ?? null,
    received: receivedMs === null ? null : pgettext("conflict.received", "Received %(time)s", moment(receivedMs)),
  };
}
