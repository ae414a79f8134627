/** What people have to decide on this phone, for the screens that show it; fetched with the first of them. */
import type { DeviceStore } from "../store/device-store.ts";
import { listHeld, listUndecided, listUnsent, readHeads } from "../store/undecided.ts";
import type { Decisions } from "./contract.ts";
import { shownRecord } from "./shown-record.ts";

export function openDecisions(store: DeviceStore, flightN: () => number | null): Decisions {
  return {
    heads: (record) => store.read((tx) => readHeads(tx, store.owner, record)),
    undecided: async (limit) => {
      const rows = await store.read((tx) => listUndecided(tx, limit));
      return rows.map((row) => shownRecord(row, flightN()));
    },
    held: async (record) => {
      const rows = await store.read((tx) => listHeld(tx, record));
      return rows.map(({ operation, code, receipted_ms }) => {
        const { n, record: of, kind, set } = operation;
        return { n, record: of, kind, set, code, receivedMs: receipted_ms };
      });
    },
    unsent: async (limit) => {
      const rows = await store.read((tx) => listUnsent(tx, limit));
      return rows.map((row) => shownRecord(row, flightN()));
    },
  };
}
