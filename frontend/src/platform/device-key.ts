/** The device's secret from registration, as a key that no script can read back. */
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;
/** Arguments that every browser takes in one call. */
const SPREAD_MAX = 8_192;

/** Null where the browser gives no crypto (an address that is neither https nor localhost). */
export async function importDeviceKey(secret: string): Promise<CryptoKey | null> {
  const subtle = (crypto as Partial<Crypto>).subtle;
  return subtle ? await subtle.importKey("raw", fromBase64Url(secret), HMAC, false, ["sign"]) : null;
}

/** HMAC-SHA256 of a text, base64url. */
export async function authenticate(key: CryptoKey, text: string): Promise<string> {
  const mac = await crypto.subtle.sign(HMAC.name, key, new TextEncoder().encode(text));
  return toBase64Url(new Uint8Array(mac));
}

export function toBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += SPREAD_MAX)
    text += String.fromCharCode(...bytes.subarray(at, at + SPREAD_MAX));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
}
