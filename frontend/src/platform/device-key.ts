/** The device's secret from registration, as a key that no script can read back. */
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

/** Null where the browser gives no crypto (an address that is neither https nor localhost). */
export async function importDeviceKey(secret: string): Promise<CryptoKey | null> {
  const subtle = (crypto as Partial<Crypto>).subtle;
  return subtle ? await subtle.importKey("raw", fromBase64Url(secret), HMAC, false, ["sign"]) : null;
}

/** HMAC-SHA256 of a text, base64url. */
export async function authenticate(key: CryptoKey, text: string): Promise<string> {
  const mac = await crypto.subtle.sign(HMAC.name, key, new TextEncoder().encode(text));
  const bytes = String.fromCharCode(...new Uint8Array(mac));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
}
