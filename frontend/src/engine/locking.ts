/** Setting the lock, unlocking and locking again: fetched when somebody does one of them. */
import { counted, failed, mayTry, PIN_TRIES_MAX, type Verdict } from "../keys/attempts.ts";
import { type Keyring, locked, NO_FAILURES, unlockedForGood, type Way, type WayKind } from "../keys/keyring.ts";
import { hasPasskeys, openByPasskey, passkeyWay } from "../keys/passkey.ts";
import { faultOf, openBySecret, secretWay } from "../keys/secret.ts";
import type { Platform } from "../platform/platform.ts";
import { Damaged } from "../store/sealed/cipher.ts";
import { reseal } from "../store/sealed/reseal.ts";
import type { SessionStore } from "../store/session-store.ts";
import type { Locking, Outcome } from "./contract.ts";
import { type Live, problem } from "./live.ts";
import { openedBy, type WorkKeys } from "./work-keys.ts";
import { LOCKED, type WorkPlace } from "./work-place.ts";

interface Parts {
  readonly platform: Platform;
  readonly sessions: SessionStore;
  readonly live: Live;
  /** Goes on with these keys; without them, with what opens unasked. */
  readonly change: (device: string, keys?: WorkKeys) => Promise<void>;
  /** Asks for the server's key where none is known; whether there is one then. */
  readonly hasSealingKey: () => Promise<boolean>;
}

type Bytes = Uint8Array<ArrayBuffer>;

const DONE: Outcome<null> = { ok: true, value: null };

/** What a person said no to, or did not answer in time. */
const REFUSALS = new Set(["NotAllowedError", "AbortError", "InvalidStateError", "SecurityError", "NotSupportedError"]);

export function openLocking(parts: Parts): Locking {
  const { sessions, platform, live } = parts;
  const keyring = async (place: WorkPlace) => await sessions.keyring(place.session.device.id);
  const atWork = async (act: (place: WorkPlace) => Promise<Outcome<null>>) => await oneAtATime(parts, act);
  return {
    hasPasskeys,
    set: (kind, secret = "") => atWork((place) => setLock(parts, place, kind, secret)),
    verdict: async (kind) => {
      const found = live.place && (await keyring(live.place));
      return found ? mayTry(found, kind, platform.clock.wallMs()) : { may: "never" };
    },
    unlock: (kind, secret = "") =>
      atWork(async (place) => {
        const found = await openedWith(parts, place, kind, secret);
        if (!found.ok) return found;
        await parts.change(place.session.device.id, await openedBy(found.value.keyring, found.value.raw));
        await finish(parts);
        return DONE;
      }),
    unset: (kind, secret = "") =>
      atWork(async (place) => {
        const found = await openedWith(parts, place, kind, secret);
        if (!found.ok) return found;
        const { device } = place.session;
        await sessions.changeKeyring(device.id, (stood) => unlockedForGood(stood, found.value.raw));
        await parts.change(device.id);
        return DONE;
      }),
    lock: async () => {
      const { place } = live;
      place?.tellTabs(LOCKED);
      if (place) await parts.change(place.session.device.id);
    },
    putOff: async () => {
      const put_off_ms = platform.clock.wallMs();
      const id = live.place?.session.device.id;
      if (id) await sessions.changeKeyring(id, (stood) => ({ ...stood, put_off_ms }));
      live.lock.value = { ...live.lock.value, isPutOff: true };
    },
    forget: async () => {
      const { place } = live;
      if (!place?.keys?.isLocked) return;
      // The secret opens it still, until the password has been taken and what waits was handed in.
      await sessions.changeKeyring(place.session.device.id, (stood) => ({ ...stood, is_given_up: true }));
      await parts.change(place.session.device.id);
    },
  };
}

/** Over all tabs: two that set a lock at once would each have the key of rows that the other cannot open. */
async function oneAtATime(
  { live, platform }: Parts,
  act: (place: WorkPlace) => Promise<Outcome<null>>,
): Promise<Outcome<null>> {
  const id = live.place?.session.device.id;
  try {
    return await platform.lock(`diaban-lock-${id}`, async () => {
      return live.place ? await act(live.place) : problem("not-signed-in");
    });
  } catch (thrown) {
    if (thrown instanceof DOMException && REFUSALS.has(thrown.name)) return problem("passkey-refused");
    throw thrown;
  }
}

/** A new key, the rows sealed anew under it, and only then the old one is gone from where it stood in the open. */
async function setLock(parts: Parts, place: WorkPlace, kind: WayKind, secret: string): Promise<Outcome<null>> {
  const { sessions } = parts;
  const { device, user } = place.session;
  const fault = kind === "passkey" ? null : faultOf(kind, secret);
  if (fault) return problem(`lock-${fault}`);
  // Without these a forgotten secret would take along what waits.
  if (!(await parts.hasSealingKey()) || !(await sessions.deviceKey())) return problem("sealing-unavailable");
  const stood = await sessions.keyring(device.id);
  if (!stood || stood.open === undefined) return problem("lock-set");
  let refused = false;
  const wrap = async (raw: Bytes): Promise<Way> => {
    const way = kind === "passkey" ? await passkeyWay(user.name, raw) : await secretWay(kind, secret, raw);
    if (way) return way;
    refused = true;
    throw new DOMException("no derivation", "NotSupportedError");
  };
  const made = await locked(stood, wrap).catch((thrown: unknown) => {
    if (refused) return null;
    throw thrown;
  });
  if (!made) return problem("passkey-unfit");
  const keyring = { ...made.keyring, is_resealing: true };
  const keys = await openedBy(keyring, made.raw);
  // From here on the key that was in the open opens nothing new.
  const stands = await sessions.changeKeyring(device.id, (now) => (now.open === stood.open ? keyring : now));
  if (stands?.pair.point !== keyring.pair.point) {
    await parts.change(device.id);
    return problem("lock-set");
  }
  place.tellTabs(LOCKED);
  await parts.change(device.id, keys);
  await finish(parts);
  return DONE;
}

/**
 * What stands under the key of before, here and in the spare copy, is sealed anew, and what waits is boxed for the
 * server. Whatever keeps this from being done is tried again by the next one who unlocks it; until then those rows open
 * by the older key, which is kept.
 */
async function finish({ sessions, platform, live, change }: Parts): Promise<void> {
  const { place } = live;
  const keys = place?.keys;
  if (!place || !keys?.keyring.is_resealing) return;
  const { id } = place.session.device;
  try {
    await reseal(place.store, keys.keyring.generation);
    await platform.spares?.forget(id);
    const keyring = await sessions.changeKeyring(id, (stood) => ({ ...stood, is_resealing: false }));
    await change(id, { ...keys, keyring: keyring ?? keys.keyring });
  } catch {
    // It is marked, and not forgotten.
  }
}

interface Opened {
  readonly keyring: Keyring;
  readonly raw: Bytes;
}

async function openedWith(parts: Parts, place: WorkPlace, kind: WayKind, secret: string): Promise<Outcome<Opened>> {
  const { sessions, platform } = parts;
  const { id } = place.session.device;
  const nowMs = platform.clock.wallMs();
  const change = (rule: (keyring: Keyring) => Keyring) => sessions.changeKeyring(id, rule);
  // Counted as it is allowed, and before it is looked at: a phone that is killed meanwhile has counted it.
  let verdict: Verdict = { may: "never" };
  const keyring = await change((now) => {
    verdict = mayTry(now, kind, nowMs);
    return verdict.may === "try" && kind !== "passkey" ? counted(now, nowMs) : now;
  });
  const said = refusalOf(verdict);
  if (said) return said;
  const way = keyring?.ways.find((each) => each.kind === kind);
  if (!keyring || !way) return problem("pin-locked");
  const raw = await (kind === "passkey" ? openByPasskey(way) : openBySecret(way, secret)).catch(wrong);
  if (raw) {
    const cleared = await change((now) => ({ ...now, ...NO_FAILURES, is_given_up: false }));
    return { ok: true, value: { keyring: cleared ?? keyring, raw } };
  }
  const left = PIN_TRIES_MAX - keyring.failures;
  await change((now) => failed(now, kind));
  if (kind === "passkey") return problem("passkey-refused");
  if (kind === "passphrase") return problem("wrong-passphrase");
  return left > 0 ? problem("wrong-pin", { n: left }) : problem("pin-locked");
}

function refusalOf(verdict: Verdict): Outcome<never> | null {
  if (verdict.may === "never") return problem("pin-locked");
  return verdict.may === "wait" ? problem("unlock-wait", { seconds: Math.ceil(verdict.forMs / 1000) }) : null;
}

function wrong(thrown: unknown): null {
  if (thrown instanceof Damaged) return null;
  throw thrown;
}
