/** The engine that the screens ask: recording and reading never wait for the network. */
import { registerWorker } from "../platform/app-update.ts";
import { askPersistence, forgetOutlines, reportStorage } from "../platform/device-storage.ts";
import type { Platform } from "../platform/platform.ts";
import type { Summary } from "../store/device-store.ts";
import type { SessionStore } from "../store/session-store.ts";
import { type Client, createClient } from "../sync/client.ts";
import { INITIAL } from "../sync/state.ts";
import { asking } from "./asking.ts";
import type { Engine, Locking, Outcome, Session } from "./contract.ts";
import { type Live, lockStatus, makeLive, NO_LOCK, NO_PHOTOS, problem, tell } from "./live.ts";
import { lostSession, nobodyAtWork } from "./lost-store.ts";
import { proveDevice } from "./proof.ts";
import { reading, recording, saveMoment } from "./recording.ts";
import { seeing } from "./seen.ts";
import { closeSession, openSession } from "./sign-in.ts";
import { openKeys, type WorkKeys } from "./work-keys.ts";
import { GONE, LOCKED, openWorkPlace, type WorkPlace } from "./work-place.ts";

/** Held by the tab that wipes this phone. */
const WIPING = "diaban-wiping";

export interface EngineParts {
  readonly platform: Platform;
  readonly sessions: SessionStore;
  /** Loads a catalogue before the language counts as changed. */
  readonly loadLocale: (language: "vi" | "en") => Promise<void>;
  /** What opens the store of a device. */
  readonly openKeys?: typeof openKeys;
}

export async function createEngine(parts: EngineParts): Promise<Engine> {
  const { platform, sessions } = parts;
  const live = makeLive((await sessions.language()) ?? "vi");
  const client = createClient({
    fetch: platform.fetch,
    language: () => live.language.value,
    lock: platform.lock,
    proof: () => proveDevice(sessions, platform.clock.wallMs() + (live.place?.offsetMs() ?? 0)),
    device: () => live.place?.session.device.id ?? null,
  });
  const update = registerWorker(() => {
    live.updateReady = true;
    tell(live);
  });
  await parts.loadLocale(live.language.value);
  const stored = await sessions.session();
  if (stored) {
    await enter(parts, client, live, stored);
    live.place?.loop.ask("timer");
    if (!(await sessions.sealingKey())) learnSealingKey(client, sessions);
  }
  live.settled = findLost(parts, client, live);
  const recorder = recording(platform, live);
  return {
    session: live.session,
    status: live.status,
    partitions: live.partitions,
    revision: live.revision,
    photoStatus: live.photoStatus,
    lock: live.lock,
    locking: () => locking(parts, client, live),
    hasOthers: async () => (await sessions.others()).length > 0,
    others: async () =>
      (await othersCode()).openOthers({ sessions, leaveFor: (next) => leaveFor(parts, client, live, next) }),
    language: live.language,
    ...signing(parts, client, live),
    ...recorder,
    ...reading(live, recorder.nowMs),
    ...asking(client),
    ...sealing(parts, client, live),
    ...seeing(sessions, live),
    sendNow: () => {
      live.place?.wantAreas();
      live.place?.loop.ask("person");
      live.place?.photos.tell((photos) => photos.sendNow());
    },
    applyUpdate: () => update.apply(),
    storage: reportStorage,
    setLanguage: async (language) => {
      await parts.loadLocale(language);
      await sessions.keepLanguage(language);
      live.language.value = language;
    },
  };
}

/** `given`: the keys that somebody has just unlocked; else those that open without being asked for anything. */
async function enter(
  parts: EngineParts,
  client: Client,
  live: Live,
  session: Session,
  given?: WorkKeys,
): Promise<void> {
  const { platform, sessions } = parts;
  const found = given ?? (await (parts.openKeys ?? openKeys)(sessions, session.device.id));
  const keys = found && (await outfitted(found, parts, live, session.device.id));
  let place: WorkPlace | null = null;
  // One that was left says nothing over whoever is at work now, and does nothing to them.
  const isLeft = () => place !== null && live.place !== place;
  place = await openWorkPlace({
    platform,
    client,
    session,
    keys,
    revision: live.revision,
    photoStatus: live.photoStatus,
    moment: () => saveMoment(platform, live),
    onStatus: (state, summary) => {
      if (isLeft()) return;
      if (state.phase === "idle" && live.state.phase === "sending") void helpOthers(parts, client);
      live.state = state;
      live.summary = summary;
      tell(live);
    },
    onWipe: () => platform.lock(WIPING, async () => (isLeft() ? undefined : await wipe(parts, client, live))),
    onGone: () => void goOn(parts, client, live, session).catch(() => undefined),
    onLocked: () => void (isLeft() ? undefined : change(parts, client, live).catch(() => undefined)),
  });
  live.place = place;
  live.lock.value = lockStatus(keys, platform.clock.wallMs());
  live.session.value = session;
}

/**
 * Nobody is signed in as far as the database knows; but if it is a new one, in the place of one that was lost, somebody
 * is. And whoever began anew beside what they had goes back to it. False: the spare copies could not be read.
 */
async function findLost(parts: EngineParts, client: Client, live: Live): Promise<boolean> {
  try {
    const found = await lostSession(parts.platform, parts.sessions);
    // Another tab may have found them first.
    const session = found ?? (live.place ? null : await parts.sessions.session());
    if (!session) return true;
    await stop(live);
    await enter(parts, client, live, session);
    live.place?.loop.ask("timer");
    return true;
  } catch {
    return false;
  }
}

/** The store went from under this tab. Whoever wipes it is let finish; if somebody is signed in then, they go on. */
async function goOn(parts: EngineParts, client: Client, live: Live, session: Session): Promise<void> {
  if (live.place?.session !== session) return;
  await stop(live);
  const stored = await parts.platform.lock(WIPING, parts.sessions.session);
  if (stored) return await enter(parts, client, live, stored);
  // Nobody wiped it: then the database was lost, and the session with it.
  live.settled = findLost(parts, client, live);
  signedOut(live);
}

/** What waits must not go with a key that may be forgotten; where none can be, nothing is sealed twice. */
async function outfitted(
  keys: WorkKeys,
  { sessions, platform }: EngineParts,
  live: Live,
  device: string,
): Promise<WorkKeys> {
  const boxes = keys.keyring.open === undefined ? import("./boxes.ts") : null;
  const box = await boxes?.then((code) => code.boxOf(sessions, platform, device)).catch(() => null);
  const onDamaged = () => {
    if (live.hasDamaged) return;
    live.hasDamaged = true;
    tell(live);
  };
  return { ...keys, cipher: { ...keys.cipher, box: box ?? undefined, onDamaged } };
}

/** Somebody whose key is lost has signed in: what waits is handed in, and they begin with a new one. */
async function recovered(parts: EngineParts, client: Client, live: Live): Promise<Outcome<null>> {
  const { place } = live;
  if (!place?.keys?.isLocked) return { ok: true, value: null };
  const keyring = await parts.sessions.keyring(place.session.device.id);
  if (keyring && keyring.ways.length > 0 && !keyring.is_given_up) return { ok: true, value: null };
  const { id } = place.session.device;
  const outcome = await (await import("./boxes.ts")).recover(client, place);
  if (!outcome.ok) return outcome;
  await parts.platform.spares?.forget(id).catch(() => undefined);
  await parts.sessions.dropKeyring(id);
  place.tellTabs(LOCKED);
  await change(parts, client, live);
  return outcome;
}

/** The same person goes on with other keys: those that were unlocked, or none. */
async function change(parts: EngineParts, client: Client, live: Live, keys?: WorkKeys): Promise<void> {
  const session = live.place?.session;
  if (!session) return;
  await stop(live);
  await enter(parts, client, live, session, keys);
  live.revision.value += 1;
  live.place?.loop.ask("timer");
}

async function locking(parts: EngineParts, client: Client, live: Live): Promise<Locking> {
  const { openLocking } = await import("./locking.ts");
  return openLocking({
    ...parts,
    live,
    // Whoever has been given the phone meanwhile does not get these keys.
    change: async (device, keys) =>
      live.place?.session.device.id === device ? await change(parts, client, live, keys) : undefined,
    hasSealingKey: async () =>
      (await parts.sessions.sealingKey()) !== null ||
      (await (await sealingCode()).learnSealingKey(client, parts.sessions)) !== null,
  });
}

/** There is a connection: what others of this phone could not send goes, too. */
async function helpOthers({ platform, sessions }: EngineParts, client: Client): Promise<void> {
  try {
    if ((await sessions.others()).length === 0) return;
    const { handInForOthers } = await othersCode();
    await platform.lock("diaban-hand-in", () => handInForOthers(client, sessions));
  } catch {
    // It stands where it stood, and the next exchange tries again.
  }
}

const othersCode = () => import("./others.ts");

/** The phone goes from hand to hand: other tabs go on as whoever stands in the session store. */
async function leaveFor(parts: EngineParts, client: Client, live: Live, next: Session): Promise<void> {
  live.place?.tellTabs(GONE);
  await stop(live);
  await enter(parts, client, live, next);
  live.revision.value += 1;
  live.place?.loop.ask("timer");
}

async function leave(parts: EngineParts, live: Live, device: string | undefined): Promise<void> {
  await stop(live);
  await parts.sessions.dropSession(device);
  signedOut(live);
  await nobodyAtWork(parts.platform).catch(() => undefined);
}

async function stop(live: Live): Promise<void> {
  const place = live.place;
  live.place = null;
  live.state = INITIAL;
  live.summary = null;
  live.photoStatus.value = NO_PHOTOS;
  await place?.close();
}

function signedOut(live: Live): void {
  live.session.value = null;
  live.lock.value = NO_LOCK;
  live.revision.value += 1;
  tell(live);
}

/** Lost or retired, and handed in: nothing of this user stays on the phone (P25). */
async function wipe(parts: EngineParts, client: Client, live: Live): Promise<void> {
  const place = live.place;
  if (!place) return;
  place.tellTabs(GONE);
  try {
    await stop(live);
    await forget(parts, place);
    await leave(parts, live, place.session.device.id);
  } catch {
    // What stays is asked about again: the session is there still, and the server says once more that it must go.
    await enter(parts, client, live, place.session).catch(() => signedOut(live));
  }
}

/**
 * Whatever keeps records goes before the session, the spare copy first, or it would bring the others back: a phone
 * that dies in between still knows whom to ask, and is told again.
 */
async function forget({ platform, sessions }: EngineParts, { session, store }: WorkPlace): Promise<void> {
  await store.ready();
  await forgetOutlines();
  await platform.spares?.forget(session.device.id);
  await store.destroy();
  // What a copy of this phone may still have of it opens no more.
  await sessions.dropKeyring(session.device.id);
  await sessions.forgetDevice(session.user.username);
}

type Signing = Pick<Engine, "signIn" | "signOut" | "heardOfLoss">;

function signing(parts: EngineParts, client: Client, live: Live): Signing {
  return {
    signIn: async (username, password) => {
      await live.settled;
      live.settled = findLost(parts, client, live);
      const isSettled = await live.settled;
      const outcome = await openSession(client, parts.sessions, username, password, isSettled);
      if (!outcome.ok) return outcome;
      const { session, key } = outcome.value;
      await parts.sessions.keepSession(session, key);
      if (live.place?.session.device.id !== session.device.id) {
        await leaveFor(parts, client, live, session);
      } else {
        live.session.value = session;
      }
      const handedIn = await recovered(parts, client, live);
      if (!handedIn.ok) return handedIn;
      live.place?.loop.signedIn();
      void askPersistence();
      learnSealingKey(client, parts.sessions);
      return { ok: true, value: session };
    },
    heardOfLoss: async () => {
      const device = live.session.value?.device.id;
      if (device === undefined) return;
      const next = await parts.sessions.changeSession(device, ({ lostStore: _, ...session }) => session);
      if (next) live.session.value = next;
    },
    signOut: async () => {
      const summary = await live.place?.store.summary();
      if (summary && isUnsent(summary)) return problem("unsent-remain");
      const place = live.place;
      const device = place?.session.device.id;
      await closeSession(client);
      // The other tabs leave, too: they find nobody in the session store.
      await parts.sessions.dropSession(device);
      place?.tellTabs(GONE);
      await stop(live);
      await forgetOutlines().catch(() => undefined);
      if (device) await parts.platform.spares?.forget(device).catch(() => undefined);
      await leave(parts, live, device);
      return { ok: true, value: null };
    },
  };
}

/** Signing out takes the store with it: records, photos and forms that are only here keep it. */
function isUnsent(summary: Summary): boolean {
  const { waitingRecords, waitingPhotos, refusedPhotos, draftPhotos, draftForms, trackPoints } = summary;
  return waitingRecords + waitingPhotos + refusedPhotos + draftPhotos + draftForms + trackPoints > 0;
}

const sealingCode = () => import("../sealing/sealing.ts");

/** Nothing waits for it: a phone that could not learn the key asks again when the app is next opened. */
function learnSealingKey(client: Client, sessions: SessionStore): void {
  sealingCode()
    .then((code) => code.learnSealingKey(client, sessions))
    .catch(() => undefined);
}

function sealing({ platform, sessions }: EngineParts, client: Client, live: Live): Pick<Engine, "exportUnsent"> {
  return {
    exportUnsent: async (afterN = 0) => {
      if (!live.place) return problem("not-signed-in");
      const { store, offsetMs } = live.place;
      const nowMs = platform.clock.wallMs() + (offsetMs() ?? 0);
      const parts = { store, sessions, client, chance: platform.chance, nowMs };
      return await (await sealingCode()).exportUnsent(parts, afterN);
    },
  };
}
