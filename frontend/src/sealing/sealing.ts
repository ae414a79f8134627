/** What the engine asks for when a phone cannot send: the server's key while there is a network, the file without one. */
import type { Outcome, SealedFile } from "../engine/contract.ts";
import type { Chance } from "../platform/chance.ts";
import type { DeviceStore } from "../store/device-store.ts";
import type { SealingKey, SessionStore } from "../store/session-store.ts";
import { unsentAfter } from "../store/unsent.ts";
import { type Client, ownProblem } from "../sync/client.ts";
import { BODY_BYTES_MAX } from "../sync/core/limits.ts";
import { utf8Bytes } from "../sync/core/value.ts";
import { makeFresh, seal } from "./seal.ts";

/** As many as the server takes from one file. */
export const OPERATIONS_MAX = 10_000;
/** Base64 makes four characters of three bytes; the other members of the file are short. */
const PLAIN_BYTES_MAX = Math.floor((BODY_BYTES_MAX * 3) / 4) - 1_024;
/** `2026-11-23`; Sweden writes days so. */
const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Ho_Chi_Minh" });

export interface SealingParts {
  readonly store: DeviceStore;
  readonly sessions: SessionStore;
  readonly client: Client;
  readonly chance: Chance;
  readonly nowMs: number;
}

/** Asks the server for its key and keeps it; null, and whatever was kept stays, where that fails. */
export async function learnSealingKey(client: Client, sessions: SessionStore): Promise<SealingKey | null> {
  // A session that has just ended is for the loop to renew.
  const reply = await client.send<SealingKey>("GET", "/api/v1/sealing-key", { refresh: false });
  const given = reply.ok ? reply.value.body : null;
  if (typeof given?.key !== "string" || typeof given.id !== "string") return null;
  const key = { key: given.key, id: given.id };
  await sessions.keepSealingKey(key);
  return key;
}

/** The outbox from `afterN` on as a file, as far as one file goes; the outbox itself stays as it is. */
export async function exportUnsent(parts: SealingParts, afterN: number): Promise<Outcome<SealedFile>> {
  const { store, sessions, client, chance, nowMs } = parts;
  const secret = await sessions.deviceKey();
  const recipient = secret && ((await sessions.sealingKey()) ?? (await learnSealingKey(client, sessions)));
  if (!secret || !recipient) return { ok: false, problem: ownProblem("sealing-unavailable", 0) };
  const { device } = store.owner;
  const unsent = await store.read((tx) => unsentAfter(tx, afterN));
  const operations = fitting(unsent);
  const text = await seal({ device, secret, recipient }, operations, await makeFresh(chance));
  const lastN = operations.at(-1)?.n ?? afterN;
  const value = {
    name: `diaban-${day.format(nowMs)}-${device}-${lastN}.txt`,
    bytes: new TextEncoder().encode(text).buffer,
    operations: operations.length,
    lastN,
    left: unsent.length - operations.length,
  };
  return { ok: true, value };
}

/** From the front, in order, so that the next file goes on where this one ends. */
function fitting<T>(operations: readonly T[]): readonly T[] {
  let bytes = 0;
  const end = operations.findIndex((operation, at) => {
    bytes += utf8Bytes(JSON.stringify(operation)) + 1;
    return at === OPERATIONS_MAX || bytes > PLAIN_BYTES_MAX;
  });
  return end < 0 ? operations : operations.slice(0, end);
}
