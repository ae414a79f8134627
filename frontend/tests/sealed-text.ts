/** A sealed file as the server opens it (docs/sealed-file.md). */
import { fromBase64Url } from "../src/platform/device-key.ts";
import { canonical } from "../src/sync/core/canonical.ts";
import type { Operation } from "../src/sync/core/record.ts";

const { subtle } = crypto;
const CURVE = { name: "ECDH", namedCurve: "P-256" };

export interface SealedText {
  readonly sealed: number;
  readonly key: string;
  readonly ephemeral: string;
  readonly salt: string;
  readonly nonce: string;
  readonly content: string;
}

/** What the server does, by its private key: the plain object. */
export async function openedByServer(
  text: string,
  own: CryptoKey,
): Promise<{ device: string; operations: Operation[]; hmac: string }> {
  const { content, ...header } = JSON.parse(text) as SealedText;
  const theirs = await subtle.importKey("raw", fromBase64Url(header.ephemeral), CURVE, false, []);
  const shared = await subtle.deriveBits({ name: "ECDH", public: theirs }, own, 256);
  const material = await subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode("diaban sealed file 1");
  const derivation = { name: "HKDF", hash: "SHA-256", salt: fromBase64Url(header.salt), info };
  const cipher = { name: "AES-GCM", length: 256 };
  const key = await subtle.deriveKey(derivation, material, cipher, false, ["decrypt"]);
  const additionalData = new TextEncoder().encode(canonical(header) ?? "");
  const parameters = { name: "AES-GCM", iv: fromBase64Url(header.nonce), additionalData };
  const plain = await subtle.decrypt(parameters, key, fromBase64Url(content));
  return JSON.parse(new TextDecoder().decode(plain));
}
