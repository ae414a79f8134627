/** A passphrase or a PIN becomes a key by Argon2id: slow on purpose, as slow as this phone bears. */
import { argon2id } from "hash-wasm";
import { fromBase64Url, toBase64Url } from "../platform/device-key.ts";
import { unwrapped, type Way, wrapped } from "./keyring.ts";

/** The least that OWASP names (2024), for the slowest phones. */
const COST_MIN = { memory_kib: 19 * 1024, passes: 2 } as const;
const COST_FIRST = { memory_kib: 32 * 1024, passes: 3 } as const;
const PASSES_MAX = 12;
/** What one try takes: long for whoever guesses, bearable for whoever knows. */
const TARGET_MS = 700;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

export const PASSPHRASE_CHARACTERS_MIN = 12;
export const PIN_DIGITS_MIN = 6;

export type SecretKind = "passphrase" | "pin";

/** What can be told of a secret before it is used; null: nothing is wrong with it. */
export function faultOf(kind: SecretKind, secret: string): "passphrase-short" | "pin-short" | "pin-plain" | null {
  if (kind === "passphrase")
    return [...secret.normalize("NFC")].length < PASSPHRASE_CHARACTERS_MIN ? "passphrase-short" : null;
  if (!/^\d+$/.test(secret) || secret.length < PIN_DIGITS_MIN) return "pin-short";
  return isPlain(secret) ? "pin-plain" : null;
}

/** 111111, 123456, 987654, 121212: what everybody tries first. */
function isPlain(pin: string): boolean {
  const digits = [...pin].map(Number);
  const steps = digits.slice(1).map((digit, at) => digit - (digits[at] ?? 0));
  const isSteady = steps.every((step) => step === steps[0]) && Math.abs(steps[0] ?? 0) <= 1;
  return isSteady || new Set(digits).size < 3;
}

export async function secretWay(kind: SecretKind, secret: string, raw: Uint8Array<ArrayBuffer>): Promise<Way> {
  const salt = toBase64Url(crypto.getRandomValues(new Uint8Array(SALT_BYTES)));
  const cost = await calibrated(secret, salt);
  const way = { kind, salt, cost };
  return { ...way, wrapped: await wrapped(await keyOf(way, secret), kind, raw) };
}

/** Rejects with `Damaged` where the secret is another. */
export async function openBySecret(way: Way, secret: string): Promise<Uint8Array<ArrayBuffer>> {
  return await unwrapped(await keyOf(way, secret), way);
}

/** One measured try decides: fewer passes over less memory on a slow phone, more passes on a fast one. */
async function calibrated(secret: string, salt: string): Promise<NonNullable<Way["cost"]>> {
  const began = performance.now();
  await keyOf({ salt, cost: COST_FIRST }, secret);
  const tookMs = Math.max(1, performance.now() - began);
  const passes = Math.min(PASSES_MAX, Math.floor((COST_FIRST.passes * TARGET_MS) / tookMs));
  return passes < COST_FIRST.passes ? COST_MIN : { ...COST_FIRST, passes };
}

async function keyOf({ salt, cost = COST_MIN }: Pick<Way, "salt" | "cost">, secret: string): Promise<CryptoKey> {
  const derived = await argon2id({
    // Telex, VNI and the keyboards of phones compose the same letter in different ways.
    password: secret.normalize("NFC"),
    salt: fromBase64Url(salt),
    parallelism: 1,
    iterations: cost.passes,
    memorySize: cost.memory_kib,
    hashLength: KEY_BYTES,
    outputType: "binary",
  });
  return await crypto.subtle.importKey("raw", Uint8Array.from(derived), "AES-GCM", false, ["encrypt", "decrypt"]);
}
