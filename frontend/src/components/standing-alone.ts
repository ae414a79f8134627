/** Records that are not on the page of another one in the same list: each is shown in one place. */
import type { ShownRecord } from "../engine/contract.ts";

export function standingAlone(records: readonly ShownRecord[]): readonly ShownRecord[] {
  const ids = new Set<unknown>(records.map(({ id }) => id));
  return records.filter(({ fields }) => !ids.has(fields.parent));
}
