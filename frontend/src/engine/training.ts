/**
 * Training: the app over a store of its own. It is made of nothing that could send or find what is real: no client, no
 * loop, no session, no spare copy, no channel to other tabs. Its rows are sealed under a key that is in memory alone.
 */
import type { ReadonlySignal } from "@preact/signals";
import { newKeyring, openKey } from "../keys/keyring.ts";
import { type Chance, newTag, uuidv7 } from "../platform/chance.ts";
import type { Clock } from "../platform/clock.ts";
import { reportStorage } from "../platform/device-storage.ts";
import type { Locked } from "../platform/locks.ts";
import type { Platform } from "../platform/platform.ts";
import { type DeviceStore, openDeviceStore } from "../store/device-store.ts";
import { holdTraining, TRAINING_FAMILY } from "../store/training-stores.ts";
import type { Client } from "../sync/client.ts";
import { INITIAL } from "../sync/state.ts";
import type { Area, Engine, Outcome, Partition, Session, ShownRecord } from "./contract.ts";
import { type Live, makeLive, problem } from "./live.ts";
import { photoDoor } from "./photo-door.ts";
import { reading, recording, saveMoment } from "./recording.ts";
import { makeStatus } from "./sync-status.ts";
import { openedBy, type WorkKeys } from "./work-keys.ts";
import type { WorkPlace } from "./work-place.ts";

/** All that training takes of the device. */
export interface TrainingParts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly lock: Locked;
}

/** Copies of what the forms offer; nothing that anybody has recorded about their work. */
export interface Surroundings {
  readonly session: Session;
  readonly partitions: readonly Partition[];
  readonly areas: readonly Area[];
  readonly leaflets: readonly ShownRecord[];
  readonly offsetMs: number;
  readonly language: ReadonlySignal<"vi" | "en">;
}

export interface Training {
  readonly engine: Engine;
  /** What was practised is deleted. */
  close(): Promise<void>;
}

export async function openTraining(parts: TrainingParts, around: Surroundings): Promise<Training> {
  // As long as a device's id, so that operations are made as ever; no server has given it.
  const device = newTag(parts.chance) + newTag(parts.chance);
  const release = await holdTraining(parts.lock, device);
  const live = makeLive(around.language.value);
  const session = { ...around.session, device: { ...around.session.device, id: device } };
  const store = await openStore(session, around);
  const place = placeOf(parts, live, session, store, around.offsetMs);
  live.place = place;
  live.session.value = session;
  live.partitions.value = around.partitions;
  return {
    engine: engineOf(parts, live, around.language),
    close: async () => {
      live.place = null;
      await place.close();
      release();
    },
  };
}

async function openStore({ device, user }: Session, around: Surroundings): Promise<DeviceStore> {
  const cipher = (await keysInMemory())?.cipher ?? null;
  // Told that it is gone, it does not come back empty.
  const onGone = () => undefined;
  const store = openDeviceStore({ device: device.id, user }, undefined, onGone, cipher, TRAINING_FAMILY);
  await store.keepAreas(around.areas, { unit: "", etag: null, asked_ms: 0 });
  await store.write(async (tx) => {
    for (const each of around.partitions) await tx.objectStore("partitions").put({ ...each });
    for (const each of around.leaflets) await tx.objectStore("shown").put(shownRow(each));
  });
  await store.readListing();
  return store;
}

/** Null where the browser gives no crypto, as with what is real. */
async function keysInMemory(): Promise<WorkKeys | null> {
  if (!(crypto as Partial<Crypto>).subtle) return null;
  const keyring = await newKeyring();
  const raw = openKey(keyring);
  return raw && (await openedBy(keyring, raw));
}

function shownRow({ id, kind, partition, fields, createdMs, changedMs, author }: ShownRecord) {
  const nothing = { conflicts: [], waiting_n: [], held_codes: [], flags: [], folded: "" };
  const times = { created_ms: createdMs, changed_ms: changedMs, listed_ms: createdMs };
  return { id, kind, partition, fields, author, ...times, ...nothing };
}

function placeOf(parts: TrainingParts, live: Live, session: Session, store: DeviceStore, offsetMs: number): WorkPlace {
  const refresh = async () => {
    live.summary = await store.summary();
    live.status.value = { ...makeStatus(INITIAL, live.summary, false, false), firstLoadRecords: null };
    live.revision.value += 1;
  };
  const moment = () => saveMoment({ ...parts, ...APART }, live);
  const photos = photoDoor({
    platform: { ...parts, ...APART },
    client: NO_CLIENT,
    store,
    lockName: `${TRAINING_FAMILY}-photos-${session.device.id}`,
    newId: () => uuidv7(moment().nowMs, parts.chance),
    moment,
    storage: reportStorage,
    status: live.photoStatus,
    mayGo: () => false,
    changed: refresh,
    saved: refresh,
  });
  return {
    session,
    keys: null,
    store,
    loop: { ask: nothing, signedIn: nothing, stop: nothing },
    photos,
    flightN: () => null,
    offsetMs: () => offsetMs,
    wantAreas: nothing,
    changed: refresh,
    tellTabs: nothing,
    close: async () => {
      photos.tell((each) => each.close());
      await store.destroy();
    },
  };
}

function engineOf(parts: TrainingParts, live: Live, language: Engine["language"]): Engine {
  const recorder = recording({ ...parts, ...APART }, live);
  return {
    session: live.session,
    status: live.status,
    partitions: live.partitions,
    revision: live.revision,
    photoStatus: live.photoStatus,
    lock: live.lock,
    language,
    ...recorder,
    ...reading(live, recorder.nowMs),
    locking: () => Promise.reject(new Error("training has no lock")),
    hasOthers: async () => false,
    others: async () => ({ list: async () => [], switchTo: async () => false }),
    heardOfLoss: async () => undefined,
    signIn: refused,
    signOut: refused,
    exportUnsent: refused,
    get: refused,
    post: refused,
    hasSeen: async () => true,
    keepSeen: async () => undefined,
    sendNow: nothing,
    applyUpdate: nothing,
    storage: reportStorage,
    setLanguage: async () => undefined,
  };
}

function nothing(): void {
  // Training does not do it.
}

const refused = async (): Promise<Outcome<never>> => problem("no-internet");

const NO_CLIENT: Client = {
  send: async () => ({
    ok: false,
    problem: { code: "no-internet", title: "", detail: "", status: 0 },
    retryAfterMs: null,
    from: "nothing",
  }),
};

/** A page that hears and tells nothing, and no network. */
const APART: Pick<Platform, "page" | "fetch"> = {
  page: {
    isVisible: () => true,
    isOnline: () => false,
    onOnline: () => nothing,
    onOffline: () => nothing,
    onVisible: () => nothing,
    after: () => nothing,
    channel: () => ({ send: nothing, close: nothing }),
  },
  fetch: () => Promise.reject(new TypeError("training has no network")),
};
