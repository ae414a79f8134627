/** A row of the store as the screens see it. */
import type { ShownRow } from "../store/schema.ts";
import type { RecordState, ShownRecord } from "./contract.ts";

/** `flightN`: the largest number of the batch that is on its way; batches are taken from the front. */
export function shownRecord(row: ShownRow, flightN: number | null): ShownRecord {
  return {
    id: row.id,
    kind: row.kind,
    partition: row.partition,
    fields: row.fields,
    conflicts: row.conflicts,
    state: stateOf(row, flightN),
    heldCodes: row.held_codes,
    createdMs: row.created_ms,
    changedMs: row.changed_ms,
    author: row.author,
    flags: row.flags,
  };
}

function stateOf({ waiting_n, held_codes }: ShownRow, flightN: number | null): RecordState {
  if (waiting_n.length > 0) return flightN !== null && waiting_n.every((n) => n <= flightN) ? "sending" : "waiting";
  return held_codes.length > 0 ? "held" : "received";
}
