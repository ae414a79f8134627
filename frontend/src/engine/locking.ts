/** Setting the lock, unlocking and locking again: fetched when somebody does one of them. */
import { counted, failed, mayTry, PIN_TRIES_MAX } from "../keys/attempts.ts";
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
  readonly change: (keys?: WorkKeys) => Promise<void>;
}

type Bytes = Uint8Array<ArrayBuffer>;

const DONE: Outcome<null> = { ok: true, value: null };

/** What a person said no to, or did not answer in time. */
const REFUSALS = new Set(["NotAllowedError", "AbortError", "InvalidStateError", "SecurityError", "NotSupportedError"]);

export function openLocking(parts: Parts): Locking {
  const { sessions, platform, live } = parts;
  const keyring = async (place: WorkPlace) => await sessions.keyring(place.session.device.id);
  return {
    hasPasskeys,
    set: (kind, secret = "") => atWork(live, (place) => setLock(parts, place, kind, secret)),
    verdict: async (kind) => {
      const found = live.place && (await keyring(live.place));
      return found ? mayTry(found, kind, platform.clock.wallMs()) : { may: "never" };
    },
    unlock: (kind, secret = "") =>
      atWork(live, async (place) => {
        const found = await openedWith(parts, place, kind, secret);
        if (!found.ok) return found;
        await parts.change(await openedBy(found.value.keyring, found.value.raw));
        return DONE;
      }),
    unset: (kind, secret = "") =>
      atWork(live, async (place) => {
        const found = await openedWith(parts, place, kind, secret);
        if (!found.ok) return found;
        const { device } = place.session;
        await sessions.changeKeyring(device.id, (stood) => unlockedForGood(stood, found.value.raw));
        await parts.change();
        return DONE;
      }),
    lock: async () => {
      live.place?.tellTabs(LOCKED);
      await parts.change();
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
      await sessions.changeKeyring(place.session.device.id, (stood) => ({ ...stood, ways: [] }));
      await parts.change();
    },
  };
}

async function atWork(live: Live, act: (place: WorkPlace) => Promise<Outcome<null>>): Promise<Outcome<null>> {
  if (!live.place) return problem("not-signed-in");
  try {
    return await act(live.place);
  } catch (thrown) {
    if (thrown instanceof DOMException && REFUSALS.has(thrown.name)) return problem("passkey-refused");
    throw thrown;
  }
}

/** A new key, the rows sealed anew under it, and only then the old one is gone from where it stood in the open. */
async function setLock(parts: Parts, place: WorkPlace, kind: WayKind, secret: string): Promise<Outcome<null>> {
  const { sessions, platform } = parts;
  const { device, user } = place.session;
  const fault = kind === "passkey" ? null : faultOf(kind, secret);
  if (fault) return problem(`lock-${fault}`);
  // Without these a forgotten secret would take along what waits.
  if (!(await sessions.sealingKey()) || !(await sessions.deviceKey())) return problem("sealing-unavailable");
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
  const keys = await openedBy(made.keyring, made.raw);
  // From here on the key that was in the open opens nothing new.
  await sessions.changeKeyring(device.id, (now) => (now.open === stood.open ? made.keyring : now));
  place.tellTabs(LOCKED);
  await parts.change(keys);
  if (parts.live.place) await reseal(parts.live.place.store, made.keyring.generation);
  await platform.spares?.forget(device.id).catch(() => undefined);
  await parts.change(keys);
  return DONE;
}

interface Opened {
  readonly keyring: Keyring;
  readonly raw: Bytes;
}

async function openedWith(parts: Parts, place: WorkPlace, kind: WayKind, secret: string): Promise<Outcome<Opened>> {
  const { sessions, platform } = parts;
  const { id } = place.session.device;
  const nowMs = platform.clock.wallMs();
  const stood = await sessions.keyring(id);
  const verdict = stood ? mayTry(stood, kind, nowMs) : ({ may: "never" } as const);
  if (verdict.may === "never") return problem("pin-locked");
  if (verdict.may === "wait") return problem("unlock-wait", { seconds: Math.ceil(verdict.forMs / 1000) });
  // Counted before it is looked at: a phone that is killed meanwhile has counted it.
  const change = (rule: (keyring: Keyring) => Keyring) => sessions.changeKeyring(id, rule);
  const keyring = kind === "passkey" ? stood : await change((now) => counted(now, nowMs));
  const way = keyring?.ways.find((each) => each.kind === kind);
  if (!keyring || !way) return problem("pin-locked");
  const raw = await (kind === "passkey" ? openByPasskey(way) : openBySecret(way, secret)).catch(wrong);
  if (raw) {
    const cleared = await change((now) => ({ ...now, ...NO_FAILURES }));
    return { ok: true, value: { keyring: cleared ?? keyring, raw } };
  }
  const left = PIN_TRIES_MAX - keyring.failures;
  await change((now) => failed(now, kind));
  if (kind === "passkey") return problem("passkey-refused");
  if (kind === "passphrase") return problem("wrong-passphrase");
  return left > 0 ? problem("wrong-pin", { n: left }) : problem("pin-locked");
}

function wrong(thrown: unknown): null {
  if (thrown instanceof Damaged) return null;
  throw thrown;
}
