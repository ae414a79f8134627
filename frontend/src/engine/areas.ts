/** The areas of the own unit, kept for the field: hamlets, quarters, groups. */

import type { DeviceStore } from "../store/device-store.ts";
import type { AreaRow } from "../store/schema.ts";
import type { Client } from "../sync/client.ts";
import { isObject } from "../sync/core/value.ts";

const ASK_EVERY_MS = 3_600_000;

/** Asks at most once an hour unless someone wants it now, and with the ETag; a failure leaves what is there. */
export async function refreshAreas(
  store: DeviceStore,
  client: Client,
  unit: string,
  { nowMs, isWanted }: { readonly nowMs: number; readonly isWanted: boolean },
): Promise<"same" | "changed" | "failed"> {
  const known = await store.areasMeta();
  const isSame = known?.unit === unit;
  if (!isWanted && isSame && nowMs >= known.asked_ms && nowMs - known.asked_ms < ASK_EVERY_MS) return "same";
  const path = `/api/v1/areas?under=${encodeURIComponent(unit)}`;
  const reply = await client.send("GET", path, { etag: isSame ? known.etag : null });
  if (!reply.ok) return "failed";
  const areas = readAreas(reply.value.body);
  const etag = reply.value.etag ?? (isSame ? known.etag : null);
  await store.keepAreas(areas, { unit, etag: areas || reply.value.status === 304 ? etag : null, asked_ms: nowMs });
  return areas ? "changed" : "same";
}

function readAreas(body: unknown): AreaRow[] | null {
  if (!isObject(body) || !Array.isArray(body.items)) return null;
  return body.items.filter(isArea).map(({ id, code, kind, name, full_name, parent, type_word }) => ({
    id,
    code: code ?? null,
    kind,
    name,
    full_name: full_name ?? name,
    parent: parent ?? null,
    ...(type_word === undefined ? {} : { type_word }),
  }));
}

function isArea(item: unknown): item is AreaRow {
  return isObject(item) && [item.id, item.kind, item.name].every((value) => typeof value === "string");
}
