/**
 * Sealing operations to the server's public key (P29, docs/sealed-file.md): whoever seals cannot open again, so this
 * needs nothing of the local store. Several operations make the file that somebody carries; a single one can be sealed
 * by a phone whose own key is locked or lost.
 */
import type { Chance } from "../platform/chance.ts";
import { authenticate, fromBase64Url, toBase64Url } from "../platform/device-key.ts";
import type { SealingKey } from "../store/session-store.ts";
import { canonical } from "../sync/core/canonical.ts";
import type { Operation } from "../sync/core/record.ts";

const VERSION = 1;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const CONTEXT = "diaban sealed file 1";
const CURVE = { name: "ECDH", namedCurve: "P-256" } as const;
const CIPHER = { name: "AES-GCM", length: 256 } as const;

export interface Sealer {
  readonly device: string;
  /** The device's secret from registration, which no script can read back. */
  readonly secret: CryptoKey;
  readonly recipient: SealingKey;
}

/** What is never used twice. */
export interface Fresh {
  readonly ephemeral: CryptoKeyPair;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly nonce: Uint8Array<ArrayBuffer>;
}

export async function makeFresh(chance: Chance): Promise<Fresh> {
  const ephemeral = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const random = (length: number) => Uint8Array.from(chance.bytes(length));
  return { ephemeral, salt: random(SALT_BYTES), nonce: random(NONCE_BYTES) };
}

/** The text of a sealed file, all of it ASCII. */
export async function seal(sealer: Sealer, operations: readonly Operation[], fresh: Fresh): Promise<string> {
  const { ephemeral, salt, nonce } = fresh;
  const header = {
    sealed: VERSION,
    key: sealer.recipient.id,
    ephemeral: toBase64Url(new Uint8Array(await crypto.subtle.exportKey("raw", ephemeral.publicKey))),
    salt: toBase64Url(salt),
    nonce: toBase64Url(nonce),
  };
  const key = await cipherKey(sealer.recipient, ephemeral.privateKey, salt);
  const additionalData = utf8(canonicalText(header));
  const plain = utf8(await authenticated(sealer, operations));
  const content = await crypto.subtle.encrypt({ name: CIPHER.name, iv: nonce, additionalData }, key, plain);
  return JSON.stringify({ ...header, content: toBase64Url(new Uint8Array(content)) });
}

/** The device's own HMAC over the canonical text, put into that text as one more member. */
async function authenticated({ device, secret }: Sealer, operations: readonly Operation[]): Promise<string> {
  const text = canonicalText({ device, operations });
  return `${text.slice(0, -1)},"hmac":"${await authenticate(secret, text)}"}`;
}

async function cipherKey(recipient: SealingKey, own: CryptoKey, salt: BufferSource): Promise<CryptoKey> {
  const { subtle } = crypto;
  const theirs = await subtle.importKey("raw", fromBase64Url(recipient.key), CURVE, false, []);
  const shared = await subtle.deriveBits({ name: CURVE.name, public: theirs }, own, 256);
  const material = await subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt, info: utf8(CONTEXT) };
  return await subtle.deriveKey(derivation, material, CIPHER, false, ["encrypt"]);
}

/** The store keeps no operation without one (P6). */
function canonicalText(value: unknown): string {
  const text = canonical(value);
  if (text === null) throw new TypeError("no canonical form");
  return text;
}

const utf8 = (text: string) => new TextEncoder().encode(text);
