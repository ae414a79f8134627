/** One signed-in user at work on this phone: their store, their loop, and what the screens watch of both. */
import type { Signal } from "@preact/signals";
import { uuidv7 } from "../platform/chance.ts";
import { reportStorage } from "../platform/device-storage.ts";
import type { Platform } from "../platform/platform.ts";
import { type DeviceStore, openDeviceStore, type Summary } from "../store/device-store.ts";
import { countOffered } from "../store/offering.ts";
import type { SaveMoment } from "../store/save.ts";
import { showUnshown } from "../store/take-back.ts";
import type { Client } from "../sync/client.ts";
import { type Loop, startLoop, syncLock } from "../sync/loop.ts";
import { INITIAL, type SyncState } from "../sync/state.ts";
import { refreshAreas } from "./areas.ts";
import type { PhotoStatus, Session } from "./contract.ts";
import { keepingOf } from "./lost-store.ts";
import { type PhotoDoor, photoDoor } from "./photo-door.ts";
import type { WorkKeys } from "./work-keys.ts";

/** How long a phone that was reported lost may go on handing in its outbox before it is wiped (P25). */
const LOST_GRACE_MS = 60_000;

/** What a tab that wipes the store tells the others. */
export const GONE = "gone";
/** What a tab that has locked the app, or set its lock, tells the others. */
export const LOCKED = "locked";

/** What waits can be sent only by whoever can open it. */
const NO_LOOP: Loop = { ask: () => undefined, signedIn: () => undefined, stop: () => undefined };

export interface WorkPlace {
  readonly session: Session;
  readonly keys: WorkKeys | null;
  readonly store: DeviceStore;
  readonly loop: Loop;
  readonly photos: PhotoDoor;
  /** The largest `n` on its way, or null. */
  flightN(): number | null;
  offsetMs(): number | null;
  /** Read the areas again with the next exchange, however young they are. */
  wantAreas(): void;
  /** After a local write: this tab, the other tabs, the server. */
  changed(): Promise<void>;
  /** Tells the other tabs that the store goes, or is locked. */
  tellTabs(word: typeof GONE | typeof LOCKED): void;
  close(): Promise<void>;
}

export interface WorkPlaceParts {
  readonly platform: Platform;
  readonly client: Client;
  readonly session: Session;
  readonly keys: WorkKeys | null;
  readonly revision: Signal<number>;
  readonly photoStatus: Signal<PhotoStatus>;
  readonly moment: () => SaveMoment;
  readonly onStatus: (state: SyncState, summary: Summary | null) => void;
  /** The server wants this phone's copies gone. */
  readonly onWipe: () => Promise<void>;
  /** The store is gone, or goes: another tab wipes it. */
  readonly onGone: () => void;
  /** Another tab has locked the app. */
  readonly onLocked: () => void;
}

export async function openWorkPlace(parts: WorkPlaceParts): Promise<WorkPlace> {
  const { platform, client, session, keys, revision } = parts;
  const owner = { device: session.device.id, user: session.user };
  const store = openDeviceStore(owner, keepingOf(platform, session, keys), parts.onGone, keys?.cipher ?? null);
  let summary: Summary = await store.summary();
  let state = INITIAL;
  let flightN: number | null = null;

  const tell = () => parts.onStatus(state, summary);
  const refresh = async (changed: boolean) => {
    summary = await store.summary();
    if (changed) revision.value += 1;
    tell();
    if (changed) photos.tell((each) => each.refresh(false));
  };
  const tabs = otherTabs(parts, (changed) => void refresh(changed));
  const announce = async (changed: boolean) => {
    await refresh(changed);
    tabs.send(changed);
  };
  const nowMs = () => platform.clock.wallMs() + (summary.clock?.offset_ms ?? 0);
  const wipe = wiping(parts, store);
  const areas = areaReading(async (isWanted) => {
    const unit = unitOf(summary, session);
    const outcome = unit && (await refreshAreas(store, client, unit, { nowMs: nowMs(), isWanted }));
    if (outcome === "changed") await announce(true);
    return outcome !== "failed";
  });
  const changed = async () => {
    await announce(true);
    loop.ask("save");
  };
  const photos = photoDoor({
    ...photoSurroundings(parts, store),
    mayGo: () => state.phase === "idle" || state.phase === "waiting-to-retry",
    changed: () => announce(true),
    saved: changed,
  });
  const loop = loopWith(keys)({
    platform,
    client,
    store,
    nowMs,
    onFlight: (n) => {
      if (n === flightN) return;
      flightN = n;
      revision.value += 1;
    },
    onState: (next) => {
      const before = state;
      state = next;
      tell();
      photos.followExchange(before, next, summary);
    },
    onAnswer: async ({ device, changed }) => {
      await announce(changed);
      if (changed) photos.tell((each) => each.refresh(true));
      await areas.update();
      await wipe.ifAsked(device, summary);
    },
  });
  tell();
  readOn(parts, store, refresh, announce);
  return {
    session,
    keys,
    store,
    loop,
    photos,
    flightN: () => flightN,
    offsetMs: () => summary.clock?.offset_ms ?? null,
    wantAreas: areas.want,
    changed,
    tellTabs: tabs.send,
    close: async () => {
      wipe.cancel();
      loop.stop();
      photos.tell((each) => each.close());
      tabs.close();
      await store.close();
    },
  };
}

type Told = (changed: boolean) => Promise<void>;

/** What takes its time after the screens can be drawn: what was lost comes back, and lists learn what to search. */
function readOn({ keys }: WorkPlaceParts, store: DeviceStore, refresh: Told, announce: Told): void {
  const nothing = () => undefined;
  const read = async () => {
    await store.write((tx) => showUnshown(tx, store.owner));
    await store.readListing();
    await refresh(true);
  };
  if (!keys?.isLocked) read().catch(nothing);
  void store.ready().then((isRestored) => (isRestored ? announce(true) : undefined));
}

const loopWith = (keys: WorkKeys | null): typeof startLoop => (keys?.isLocked ? () => NO_LOOP : startLoop);

/** They are told true or false of changes, or that the store goes. */
function otherTabs({ platform, session, onGone, onLocked }: WorkPlaceParts, onChange: (changed: boolean) => void) {
  return platform.page.channel(`diaban-${session.device.id}`, (told) => {
    if (told === GONE) onGone();
    else if (told === LOCKED) onLocked();
    else onChange(told === true);
  });
}

function photoSurroundings({ platform, client, session, moment, photoStatus }: WorkPlaceParts, store: DeviceStore) {
  return {
    ...{ platform, client, store, moment, status: photoStatus, storage: reportStorage },
    lockName: syncLock(session.device.id),
    newId: () => uuidv7(moment().nowMs, platform.chance),
  };
}

function wiping({ platform, onWipe }: WorkPlaceParts, store: DeviceStore) {
  let cancel: (() => void) | null = null;
  return {
    ifAsked: async (device: Session["device"]["state"], { waitingRecords, waitingPhotos, draftPhotos }: Summary) => {
      if (device === "active") return;
      if (device === "lost") cancel ??= platform.page.after(LOST_GRACE_MS, () => void onWipe());
      // A lost phone may send operations only, and is wiped with what else it has.
      const hasPhotos = device === "retired" && waitingPhotos + draftPhotos > 0 && (await areAwaited(platform, store));
      const waiting = waitingRecords + (hasPhotos ? 1 : 0);
      // What a restored server has still to be offered again is handed in, too (P20).
      if (waiting === 0 && (await store.read(countOffered)) === 0) await onWipe();
    },
    cancel: () => cancel?.(),
  };
}

/** Fetched where there are photos; a phone that could not fetch it waits. */
async function areAwaited({ clock }: Platform, store: DeviceStore): Promise<boolean> {
  try {
    const { awaitsPhotos } = await import("../photos/photos.ts");
    return await store.read((tx) => awaitsPhotos(tx, clock.wallMs()));
  } catch {
    return true;
  }
}

/** Read the areas again with the next exchange, however young they are; a reading that failed is still wanted. */
function areaReading(read: (isWanted: boolean) => Promise<boolean>) {
  let isWanted = false;
  return {
    want: () => {
      isWanted = true;
    },
    update: async () => {
      const wasWanted = isWanted;
      isWanted = false;
      if (!(await read(wasWanted))) isWanted ||= wasWanted;
    },
  };
}

/** The unit that records are made for: a team member is assigned to a quarter, but writes into its commune. */
function unitOf({ partitions }: Summary, session: Session): string | undefined {
  const writable = partitions.filter((partition) => partition.access === "write");
  return writable.length === 1 ? writable[0]?.id : session.user.areas[0]?.id;
}
