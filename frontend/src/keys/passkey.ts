/** A passkey of this phone wraps the data key: its PRF output is known to nobody before a finger or a face is shown. */
import { fromBase64Url, toBase64Url } from "../platform/device-key.ts";
import { unwrapped, type Way, wrapped } from "./keyring.ts";

const SALT_BYTES = 32;
const CHALLENGE_BYTES = 32;
const TIMEOUT_MS = 60_000;
const CONTEXT = "diaban way passkey";
/** ES256 and RS256. */
const ALGORITHMS = [-7, -257];

type Bytes = Uint8Array<ArrayBuffer>;

/** Whether this phone has what can keep one; only making one shows whether it can also derive. */
export async function hasPasskeys(): Promise<boolean> {
  const found = (globalThis as { PublicKeyCredential?: typeof PublicKeyCredential }).PublicKeyCredential;
  return (await found?.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false)) ?? false;
}

/** Null where the phone made none, or one that derives nothing; rejects where the person said no. */
export async function passkeyWay(name: string, raw: Bytes): Promise<Way | null> {
  const salt = random(SALT_BYTES);
  const made = (await navigator.credentials.create({
    publicKey: {
      challenge: random(CHALLENGE_BYTES),
      rp: { name: "Địa bàn" },
      user: { id: random(SALT_BYTES), name, displayName: name },
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { authenticatorAttachment: "platform", userVerification: "required" },
      timeout: TIMEOUT_MS,
      extensions: { prf: { eval: { first: salt } } },
    },
  })) as PublicKeyCredential | null;
  if (!made?.getClientExtensionResults().prf?.enabled) return null;
  const way = {
    kind: "passkey",
    salt: toBase64Url(salt),
    credential: toBase64Url(new Uint8Array(made.rawId)),
  } as const;
  // Many phones derive only when the passkey is used, not when it is made.
  const key = (await derived(made, salt)) ?? (await keyOf(way));
  return key && { ...way, wrapped: await wrapped(key, "passkey", raw) };
}

/** Rejects where the person said no, or the passkey is gone; with `Damaged` where it is another. */
export async function openByPasskey(way: Way): Promise<Bytes> {
  const key = await keyOf(way);
  if (!key) throw new DOMException("no passkey", "NotAllowedError");
  return await unwrapped(key, way);
}

async function keyOf({ salt, credential = "" }: Pick<Way, "salt" | "credential">): Promise<CryptoKey | null> {
  const first = fromBase64Url(salt);
  const used = (await navigator.credentials.get({
    publicKey: {
      challenge: random(CHALLENGE_BYTES),
      allowCredentials: [{ type: "public-key", id: fromBase64Url(credential) }],
      userVerification: "required",
      timeout: TIMEOUT_MS,
      extensions: { prf: { eval: { first } } },
    },
  })) as PublicKeyCredential | null;
  return used && (await derived(used, first));
}

async function derived(credential: PublicKeyCredential, salt: Bytes): Promise<CryptoKey | null> {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (!first) return null;
  const material = await crypto.subtle.importKey("raw", first as BufferSource, "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt, info: new TextEncoder().encode(CONTEXT) };
  return await crypto.subtle.deriveKey(derivation, material, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
}

const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));
