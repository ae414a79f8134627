/**
 * The keys of one person's store on this phone, as they are kept: texts only, so that the spare copy can have them too.
 *
 * While the lock is off the data key stands here in the open: what is sealed under it is protected from nobody who can
 * read this phone's files. Setting a lock therefore makes a new data key, of the next generation, which is never stored
 * but wrapped; older ones are sealed under it until nothing on the disk needs them.
 */
import { fromBase64Url, toBase64Url } from "../platform/device-key.ts";
import {
  importDataKey,
  type LockedPair,
  newDataKey,
  newPair,
  openUnder,
  sealUnder,
  type Unlocked,
  unlocked,
} from "./data-key.ts";

export type WayKind = "passkey" | "passphrase" | "pin";

/** One way to unlock: what the data key is wrapped with, and what it takes to find that again. */
export interface Way {
  readonly kind: WayKind;
  /** Of the derivation, base64url. */
  readonly salt: string;
  /** Of a passphrase or a PIN: Argon2id with one lane. */
  readonly cost?: { readonly memory_kib: number; readonly passes: number };
  /** Of a passkey: its credential, base64url. */
  readonly credential?: string;
  /** The data key under the key that was derived, base64url. */
  readonly wrapped: string;
}

export interface Keyring {
  readonly version: 1;
  /** Of the data key that is in use, from 1. */
  readonly generation: number;
  readonly pair: KeptPair;
  /** The data key itself, base64url, while no lock is set. */
  readonly open?: string;
  readonly ways: readonly Way[];
  /** Data keys of before, each sealed under the one that is in use. */
  readonly before: readonly { readonly generation: number; readonly sealed: string; readonly pair: KeptPair }[];
  /** Wrong answers in a row, written before each is looked at. */
  readonly failures: number;
  readonly failed_ms: number;
  /** A lock was set, and rows may still stand under the key of before. */
  readonly is_resealing?: boolean;
  /** Nobody knows the secret any more: whoever signs in hands in what waits, and begins anew. */
  readonly is_given_up?: boolean;
  /** When somebody said that a lock can wait. */
  readonly put_off_ms?: number;
}

interface KeptPair {
  readonly point: string;
  readonly sealed: string;
}

/** One byte of what is sealed names it. */
const GENERATION_MAX = 255;

type Bytes = Uint8Array<ArrayBuffer>;

/** As a phone begins: no lock is set. */
export async function newKeyring(): Promise<Keyring> {
  const raw = newDataKey();
  const pair = keptPair(await newPair(await importDataKey(raw)));
  const nothing = { ways: [], before: [], failures: 0, failed_ms: 0 };
  return { version: 1, generation: 1, pair, open: toBase64Url(raw), ...nothing };
}

export const isLocking = (keyring: Keyring): boolean => keyring.open === undefined;

/** The key that opens without being asked for anything; null where a lock is set. */
export function openKey({ open }: Keyring): Bytes | null {
  return open === undefined ? null : fromBase64Url(open);
}

/** Every generation's keys; rejects with `Damaged` where `raw` is not the key of this keyring. */
export async function keysOf(keyring: Keyring, raw: Bytes): Promise<ReadonlyMap<number, Unlocked>> {
  const key = await importDataKey(raw);
  const keys = new Map([[keyring.generation, await unlocked(key, pairOf(keyring.pair))]]);
  for (const { generation, sealed, pair } of keyring.before) {
    const older = await importDataKey(await openUnder(key, beforePlace(generation), fromBase64Url(sealed)));
    keys.set(generation, await unlocked(older, pairOf(pair)));
  }
  return keys;
}

/** The public half, for what is recorded while it is locked. */
export function pointOf(keyring: Keyring): Pick<LockedPair, "point"> {
  return { point: fromBase64Url(keyring.pair.point).buffer };
}

/** A lock is set where none was: a new key, wrapped by `wrap`, and the old one, which stood in the open, under it. */
export async function locked(
  keyring: Keyring,
  wrap: (raw: Bytes) => Promise<Way>,
): Promise<{ readonly keyring: Keyring; readonly raw: Bytes }> {
  const old = openKey(keyring);
  if (!old) throw new TypeError("a lock is set already");
  const [raw, generation] = [newDataKey(), keyring.generation + 1];
  const key = await importDataKey(raw);
  const older = await sealUnder(key, beforePlace(keyring.generation), old);
  const last = { generation: keyring.generation, sealed: toBase64Url(new Uint8Array(older)), pair: keyring.pair };
  const kept = await Promise.all(keyring.before.map((each) => resealed(each, old, key)));
  const pair = keptPair(await newPair(key));
  if (generation > GENERATION_MAX) throw new RangeError("too many locks were set");
  const { open: _, ...rest } = keyring;
  return {
    keyring: { ...rest, ...NO_FAILURES, generation, pair, ways: [await wrap(raw)], before: [...kept, last] },
    raw,
  };
}

/** The lock is taken off by whoever has just unlocked it: the key stands in the open again. */
export function unlockedForGood(keyring: Keyring, raw: Bytes): Keyring {
  return { ...keyring, ...NO_FAILURES, ways: [], open: toBase64Url(raw) };
}

export const NO_FAILURES = { failures: 0, failed_ms: 0 };

/** Wraps the data key under a key that was derived; `wayPlace` keeps a wrapping from being taken for another's. */
export async function wrapped(kek: CryptoKey, kind: WayKind, raw: Bytes): Promise<string> {
  return toBase64Url(new Uint8Array(await sealUnder(kek, wayPlace(kind), raw)));
}

/** Rejects with `Damaged` where it was not wrapped under this key. */
export async function unwrapped(kek: CryptoKey, way: Way): Promise<Bytes> {
  return await openUnder(kek, wayPlace(way.kind), fromBase64Url(way.wrapped));
}

const wayPlace = (kind: WayKind): string => `way ${kind}`;
const beforePlace = (generation: number): string => `before ${generation}`;

async function resealed(
  each: Keyring["before"][number],
  old: Bytes,
  key: CryptoKey,
): Promise<Keyring["before"][number]> {
  const place = beforePlace(each.generation);
  const raw = await openUnder(await importDataKey(old), place, fromBase64Url(each.sealed));
  return { ...each, sealed: toBase64Url(new Uint8Array(await sealUnder(key, place, raw))) };
}

function keptPair({ point, sealed }: LockedPair): KeptPair {
  return { point: toBase64Url(new Uint8Array(point)), sealed: toBase64Url(new Uint8Array(sealed)) };
}

function pairOf({ point, sealed }: KeptPair): LockedPair {
  return { point: fromBase64Url(point).buffer, sealed: fromBase64Url(sealed).buffer };
}
