/** Recording and reading on this phone alone. */
import { newTag, uuidv7 } from "../platform/chance.ts";
import type { Platform } from "../platform/platform.ts";
import { openPatrolSeen } from "../store/read.ts";
import type { SaveMoment } from "../store/save.ts";
import { Locked } from "../store/sealed/cipher.ts";
import type { Engine } from "./contract.ts";
import { type Live, problem } from "./live.ts";
import { shownRecord } from "./shown-record.ts";

export function recording(platform: Platform, live: Live): Pick<Engine, "newId" | "nowMs" | "save" | "tracks"> {
  const nowMs = () => platform.clock.wallMs() + (live.place?.offsetMs() ?? 0);
  const newId = () => uuidv7(nowMs(), platform.chance);
  return {
    newId,
    nowMs,
    tracks: async () => {
      const { openTracks } = await import("./tracks.ts");
      const place = () => {
        if (!live.place) throw new Error("not signed in");
        return live.place;
      };
      const changed = () => place().changed();
      return openTracks({ store: () => place().store, newId, moment: () => saveMoment(platform, live), changed });
    },
    save: async (changes, draft) => {
      if (!live.place) return problem("not-signed-in");
      const result = await live.place.store.save(changes, saveMoment(platform, live), draft);
      if (result !== "saved") return problem(result);
      // It is saved, even if the store cannot be read at once to show it.
      await live.place.changed().catch(() => undefined);
      return { ok: true, value: null };
    },
  };
}

/** A form that is filled in while the app is locked has what this tab has recorded since, and nothing of before. */
async function unlessLocked<T>(reading: Promise<T> | undefined, nothing: T): Promise<T> {
  try {
    return (await reading) ?? nothing;
  } catch (thrown) {
    if (thrown instanceof Locked) return nothing;
    throw thrown;
  }
}

/** What a record that is saved now takes with it. */
export function saveMoment({ clock, chance }: Platform, live: Live): SaveMoment {
  const learnt = live.summary?.clock ?? null;
  const wall_ms = clock.wallMs();
  return {
    nowMs: wall_ms + (live.place?.offsetMs() ?? 0),
    newTag: () => newTag(chance),
    observed: {
      wall_ms,
      offset_ms: learnt?.offset_ms ?? null,
      offset_age_ms: learnt ? wall_ms - learnt.learnt_wall_ms : null,
      mono_ms: clock.monoMs(),
    },
  };
}

type Reading = Pick<
  Engine,
  "record" | "children" | "list" | "openPatrol" | "areas" | "photos" | "decisions" | "drafts"
>;

export function reading(live: Live, nowMs: () => number): Reading {
  const flight = () => live.place?.flightN() ?? null;
  return {
    record: async (id) => {
      const row = await unlessLocked(live.place?.store.record(id), null);
      return row ? shownRecord(row, flight()) : null;
    },
    children: async (parent) => {
      const rows = await unlessLocked(live.place?.store.children(parent), []);
      return rows.map((row) => shownRecord(row, flight()));
    },
    list: async (query) => {
      const rows = await unlessLocked(live.place?.store.list(query), []);
      return rows.map((row) => shownRecord(row, flight()));
    },
    openPatrol: async () => {
      const store = live.place?.store;
      const found = await store?.read((tx) => openPatrolSeen(tx, store.owner));
      return found ? { ...shownRecord(found.row, flight()), seen: found.seen } : null;
    },
    areas: async () => (await live.place?.store.areas()) ?? [],
    photos: async () => {
      if (!live.place) throw new Error("not signed in");
      return await live.place.photos.open();
    },
    decisions: async () => {
      const { openDecisions } = await import("./decisions.ts");
      if (!live.place) throw new Error("not signed in");
      return openDecisions(live.place.store, flight);
    },
    drafts: async () => {
      const { openDrafts } = await import("./drafts.ts");
      if (!live.place) throw new Error("not signed in");
      const { store, changed } = live.place;
      return openDrafts({ store, changed, nowMs });
    },
  };
}
