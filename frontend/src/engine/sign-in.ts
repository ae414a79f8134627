/** Signing in and out: the device id that this user has on this phone goes along (P24). */
import { importDeviceKey } from "../platform/device-key.ts";
import { deviceName } from "../platform/device-name.ts";
import type { SessionStore } from "../store/session-store.ts";
import type { Client } from "../sync/client.ts";
import { isInteger, isObject } from "../sync/core/value.ts";
import type { Outcome, Session } from "./contract.ts";
import { problem } from "./live.ts";

export interface SignedIn {
  readonly session: Session;
  readonly key: CryptoKey | null;
}

const PATH = "/api/v1/sessions";

/** `isSettled`: else a new device would leave behind whatever waits under one that cannot be read now. */
export async function openSession(
  client: Client,
  sessions: SessionStore,
  username: string,
  password: string,
  isSettled: boolean,
): Promise<Outcome<SignedIn>> {
  const id = await sessions.deviceOf(nameOf(username));
  if (id === null && !isSettled) return problem("device-failed");
  const first = await postSession(client, username, password, id);
  // This id belongs to somebody else on the server: a copied profile. A new one is made, the old store stays.
  if (first.ok || first.problem.code !== "device-bound" || id === null) return first;
  await sessions.forgetDevice(nameOf(username));
  // The spare copy of that store must not lead back to it.
  await sessions.keepDevice(`not ${id}`, id);
  return await postSession(client, username, password, null);
}

const nameOf = (username: string) => username.trim().toLowerCase();

async function postSession(
  client: Client,
  username: string,
  password: string,
  id: string | null,
): Promise<Outcome<SignedIn>> {
  const device = { ...(id === null ? {} : { id }), name: deviceName() };
  const body = { username, password, device, mode: "cookie" };
  const reply = await client.send("POST", PATH, { body, refresh: false });
  if (!reply.ok) return { ok: false, problem: reply.problem };
  const session = readSession(reply.value.body);
  if (session) return { ok: true, value: { session, key: await readKey(reply.value.body) } };
  return { ok: false, problem: { code: "no-internet", title: "", detail: "", status: 0 } };
}

async function readKey(body: unknown): Promise<CryptoKey | null> {
  const secret = isObject(body) && isObject(body.device) ? body.device.secret : null;
  return typeof secret === "string" ? await importDeviceKey(secret) : null;
}

/** Only what the app keeps: never a token. */
function readSession(body: unknown): Session | null {
  if (!isSession(body)) return null;
  const { id, username, name, role, areas } = body.user;
  const { lock, lost_store, tracks } = body.device as Readonly<Record<string, unknown>>;
  return {
    ...(tracks === "on" && { isTracked: true as const }),
    ...(lock === "required" && { isLockRequired: true as const }),
    ...lossOf(lost_store),
    user: { id, username, name, role, areas: areas.map((area) => ({ id: area.id, code: area.code, name: area.name })) },
    device: { id: body.device.id, name: body.device.name, state: body.device.state },
  };
}

function lossOf(lost: unknown): Pick<Session, "lostStore"> {
  if (!isObject(lost) || !isInteger(lost.received) || !isInteger(lost.unsent)) return {};
  return { lostStore: { received: lost.received, unsent: lost.unsent } };
}

function isSession(body: unknown): body is Session {
  if (!isObject(body) || !isObject(body.user) || !isObject(body.device)) return false;
  const { user, device } = body;
  const texts = [user.id, user.username, user.name, user.role, device.id];
  return texts.every((value) => typeof value === "string") && Array.isArray(user.areas);
}

export async function closeSession(client: Client): Promise<void> {
  await client.send("DELETE", PATH, { refresh: false });
}
