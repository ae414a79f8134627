/** Forms that are not saved, for the screens that fill them in; fetched with the first of them. */
import type { DeviceStore } from "../store/device-store.ts";
import { keepDraft, listDrafts, readDraft } from "../store/drafts.ts";
import { dropDraft } from "../store/photos.ts";
import type { DraftRow } from "../store/schema.ts";
import type { Draft, Drafts, ShownRecord } from "./contract.ts";

interface Parts {
  readonly store: DeviceStore;
  readonly nowMs: () => number;
  /** Screens that list drafts look again. */
  readonly changed: () => Promise<void>;
}

export function openDrafts({ store, nowMs, changed }: Parts): Drafts {
  return {
    keep: async ({ form, record, kind, typed, opened }, how = {}) => {
      const row = { form, record, kind, typed, saved_ms: nowMs(), ...(opened && { opened }) };
      await store.writeDrafts((tx) => keepDraft(tx, row, how.isKnown));
      if (how.isLast) await changed();
    },
    read: async (form) => {
      const row = await store.read((tx) => readDraft(tx, form));
      return row && shownDraft(row);
    },
    list: async () => (await store.read(listDrafts)).map(shownDraft),
    drop: async (draft) => {
      await store.write((tx) => dropDraft(tx, draft));
      await changed();
    },
  };
}

function shownDraft({ form, record, kind, typed, saved_ms, opened }: DraftRow): Draft {
  return { form, record, kind, typed, savedMs: saved_ms, opened: (opened as ShownRecord | undefined) ?? null };
}
