/**
 * The key of one person's data on this phone: random, never seen by a script once it is made, and wrapped by whatever
 * that person unlocks with. Beside it a pair of keys for what is recorded while it is locked: anybody can seal to the
 * public one, and the private one is sealed under the data key itself.
 */
import { Damaged, Locked, type RowCipher } from "../store/sealed/cipher.ts";

const NONCE_BYTES = 12;
const KEY_BYTES = 32;
/** A point of P-256, uncompressed. */
const POINT_BYTES = 65;
const CIPHER = { name: "AES-GCM", length: 256 } as const;
const CURVE = { name: "ECDH", namedCurve: "P-256" } as const;
const CONTEXT = "diaban locked row 1";

type Bytes = Uint8Array<ArrayBuffer>;

/** What is sealed begins with how: under the data key, or to the public key; and with that key's generation. */
const UNDER_KEY = 1;
const TO_PUBLIC = 2;
const HEAD_BYTES = 2;

/** Both halves as they are kept: the public point, and the private key sealed under the data key. */
export interface LockedPair {
  readonly point: ArrayBuffer;
  readonly sealed: ArrayBuffer;
}

/** What unlocking gives. */
export interface Unlocked {
  readonly key: CryptoKey;
  readonly pair: CryptoKey;
}

/** Raw bytes of a new data key; whoever asks wraps them and forgets them. */
export function newDataKey(): Bytes {
  return crypto.getRandomValues(new Uint8Array(KEY_BYTES));
}

export async function importDataKey(raw: Bytes): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", raw, CIPHER, false, ["encrypt", "decrypt"]);
}

export async function newPair(key: CryptoKey): Promise<LockedPair> {
  const made = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const secret = new Uint8Array(await crypto.subtle.exportKey("pkcs8", made.privateKey));
  return {
    point: await crypto.subtle.exportKey("raw", made.publicKey),
    sealed: await sealUnder(key, PAIR_PLACE, secret),
  };
}

const PAIR_PLACE = "pair";

export async function unlocked(key: CryptoKey, { sealed }: LockedPair): Promise<Unlocked> {
  const secret = await openUnder(key, PAIR_PLACE, new Uint8Array(sealed));
  return { key, pair: await crypto.subtle.importKey("pkcs8", secret, CURVE, false, ["deriveBits"]) };
}

/** Seals under the newest of these keys, which are by their generation, and opens what any of them has sealed. */
export function openCipher(keys: ReadonlyMap<number, Unlocked>): RowCipher {
  const generation = Math.max(...keys.keys());
  const newest = keys.get(generation) as Unlocked;
  return {
    seal: async (place, bytes) => headed(UNDER_KEY, generation, await sealUnder(newest.key, place, bytes)),
    open: async (place, sealed) => {
      const [how, of = -1] = new Uint8Array(sealed);
      const [known, content] = [keys.get(of), new Uint8Array(sealed, HEAD_BYTES)];
      if (known && how === UNDER_KEY) return await openUnder(known.key, place, content);
      if (known && how === TO_PUBLIC) return await openTo(known.pair, place, content);
      throw new Damaged();
    },
  };
}

/** Seals only, and opens what this tab itself has sealed since it was locked. */
export function lockedCipher(generation: number, { point }: Pick<LockedPair, "point">): RowCipher {
  const own = new Map<string, Bytes>();
  return {
    seal: async (place, bytes) => {
      const sealed = headed(TO_PUBLIC, generation, await sealTo(point, place, bytes));
      own.set(nameOf(sealed), bytes);
      return sealed;
    },
    open: async (_, sealed) => {
      const bytes = own.get(nameOf(sealed));
      if (!bytes) throw new Locked();
      return bytes;
    },
  };
}

/** What was sealed, told apart by the random that begins it. */
function nameOf(sealed: ArrayBuffer): string {
  return new Uint8Array(sealed, 0, Math.min(sealed.byteLength, HEAD_BYTES + POINT_BYTES)).join();
}

const headed = (how: number, generation: number, content: ArrayBuffer): ArrayBuffer =>
  joined(Uint8Array.of(how, generation), new Uint8Array(content));

/** A random nonce, then the content with its tag. */
export async function sealUnder(key: CryptoKey, place: string, bytes: Bytes): Promise<ArrayBuffer> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const content = await crypto.subtle.encrypt({ name: CIPHER.name, iv, additionalData: utf8(place) }, key, bytes);
  return joined(iv, new Uint8Array(content));
}

async function sealTo(point: ArrayBuffer, place: string, bytes: Bytes): Promise<ArrayBuffer> {
  const ephemeral = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const theirs = await crypto.subtle.importKey("raw", point, CURVE, false, []);
  const own = new Uint8Array(await crypto.subtle.exportKey("raw", ephemeral.publicKey));
  const key = await agreed(ephemeral.privateKey, theirs, own, ["encrypt"]);
  return joined(own, new Uint8Array(await sealUnder(key, place, bytes)));
}

async function openTo(pair: CryptoKey, place: string, bytes: Bytes): Promise<Bytes> {
  const point = bytes.slice(0, POINT_BYTES);
  const theirs = await crypto.subtle.importKey("raw", point, CURVE, false, []).catch(() => null);
  if (!theirs) throw new Damaged();
  return await openUnder(await agreed(pair, theirs, point, ["decrypt"]), place, bytes.subarray(POINT_BYTES));
}

/** One key for each row: the ephemeral point is the salt. */
async function agreed(own: CryptoKey, theirs: CryptoKey, salt: Bytes, uses: KeyUsage[]): Promise<CryptoKey> {
  const shared = await crypto.subtle.deriveBits({ name: CURVE.name, public: theirs }, own, KEY_BYTES * 8);
  const material = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt, info: utf8(CONTEXT) };
  return await crypto.subtle.deriveKey(derivation, material, CIPHER, false, uses);
}

export async function openUnder(key: CryptoKey, place: string, bytes: Bytes): Promise<Bytes> {
  const [iv, content] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES)];
  try {
    const params = { name: CIPHER.name, iv, additionalData: utf8(place) };
    return new Uint8Array(await crypto.subtle.decrypt(params, key, content));
  } catch {
    throw new Damaged();
  }
}

function joined(...parts: readonly Bytes[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.buffer;
}

const utf8 = (text: string) => new TextEncoder().encode(text);
