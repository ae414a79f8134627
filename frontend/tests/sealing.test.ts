/** Sealed files (P29): the same bytes as the server opens, made offline, and whole. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Engine } from "../src/engine/contract.ts";
import { createEngine } from "../src/engine/engine.ts";
import { authenticate, fromBase64Url, importDeviceKey, toBase64Url } from "../src/platform/device-key.ts";
import { queueInTab } from "../src/platform/locks.ts";
import { makeFresh, seal } from "../src/sealing/seal.ts";
import { exportUnsent, learnSealingKey, OPERATIONS_MAX } from "../src/sealing/sealing.ts";
import { openSessionStore, type SealingKey } from "../src/store/session-store.ts";
import { createClient } from "../src/sync/client.ts";
import { canonical } from "../src/sync/core/canonical.ts";
import { BODY_BYTES_MAX } from "../src/sync/core/limits.ts";
import type { Operation } from "../src/sync/core/record.ts";
import {
  AT,
  accepted,
  answer,
  CAI_KHE,
  LAN,
  moment,
  NOW,
  newDevice,
  newRecordId,
  openStore,
  patrol,
  stillPage,
} from "./kit.ts";
import { openedByServer, type SealedText } from "./sealed-text.ts";

interface Vectors {
  readonly operations_max: number;
  readonly server: SealingKey & { readonly private: string };
  readonly device: string;
  readonly secret: string;
  readonly fresh: { readonly ephemeral: JsonWebKey; readonly salt: string; readonly nonce: string };
  readonly cases: readonly {
    readonly name: string;
    readonly input: { readonly operations: readonly Operation[] };
    readonly expect: SealedText;
  }[];
}

const url = new URL("../../tests/vectors/sealing.json", import.meta.url);
const vectors = JSON.parse(readFileSync(url, "utf8")) as Vectors;
const { subtle } = crypto;
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const SECRET = vectors.secret;
const chance = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };

const deviceKey = async (secret = SECRET) => (await importDeviceKey(secret)) as CryptoKey;

async function sealer(device = vectors.device, secret = SECRET) {
  return { device, secret: await deviceKey(secret), recipient: vectors.server };
}

const point = fromBase64Url(vectors.server.key);
const [x, y] = [point.slice(1, 33), point.slice(33)].map(toBase64Url);
const jwk = { kty: "EC", crv: "P-256", d: vectors.server.private, x, y } as JsonWebKey;
const own = await subtle.importKey("jwk", jwk, CURVE, false, ["deriveBits"]);
const open = async (text: string) => await openedByServer(text, own);

describe("sealing", () => {
  it.each(vectors.cases)("makes the server's bytes of $name", async ({ input, expect: file }) => {
    const { ephemeral, salt, nonce } = vectors.fresh;
    const point = fromBase64Url(file.ephemeral);
    const fresh = {
      ephemeral: {
        privateKey: await subtle.importKey("jwk", ephemeral, CURVE, false, ["deriveBits"]),
        publicKey: await subtle.importKey("raw", point, CURVE, true, []),
      },
      salt: fromBase64Url(salt),
      nonce: fromBase64Url(nonce),
    };
    expect(JSON.parse(await seal(await sealer(), input.operations, fresh))).toEqual(file);
  });

  it("seals a single operation with nothing but the two keys, and its HMAC is the device's", async () => {
    const [first] = vectors.cases[0]?.input.operations ?? [];
    const text = await seal(await sealer(), [first as Operation], await makeFresh(chance));
    const { hmac, ...signed } = await open(text);
    expect(signed).toEqual({ device: vectors.device, operations: [first] });
    expect(hmac).toBe(await authenticate(await deviceKey(), canonical(signed) ?? ""));
    expect(text).toMatch(/^[\x20-\x7e]+$/);
  });

  it("never makes the same file twice, and whoever changes one cannot open it", async () => {
    const [one, two] = await Promise.all([0, 1].map(async () => seal(await sealer(), [], await makeFresh(chance))));
    const [first, second] = [one, two].map((text) => JSON.parse(text as string) as SealedText);
    for (const member of ["ephemeral", "salt", "nonce", "content"] as const)
      expect(first?.[member]).not.toBe(second?.[member]);
    await expect(open(JSON.stringify({ ...first, salt: second?.salt }))).rejects.toThrow();
    await expect(open(JSON.stringify({ ...first, key: "0".repeat(16) }))).rejects.toThrow();
    await expect(open(JSON.stringify(first))).resolves.toMatchObject({ operations: [] });
  });
});

describe("bytes in base64url", () => {
  it("come back, however many they are", () => {
    for (const length of [0, 1, 2, 3, 8_192, 100_001]) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 7) % 256);
      expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }
  });
});

const clientOf = (fetch: (path: string) => Promise<Response>) =>
  createClient({
    fetch: ((path: unknown) => fetch(String(path))) as typeof globalThis.fetch,
    language: () => "vi",
    lock: queueInTab,
    proof: async () => null,
    device: () => null,
  });
const offline = clientOf(() => Promise.reject(new TypeError("failed to fetch")));
const answering = (body: unknown, status = 200) =>
  clientOf(async () => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } }));

async function sessionsWith(device: string, secret: string | null, key: SealingKey | null = vectors.server) {
  const sessions = openSessionStore();
  const user = { ...LAN, username: `lan.${device}`, role: "officer", areas: [] } as const;
  const session = { user, device: { id: device, name: "?", state: "active" } } as const;
  await sessions.keepSession(session, secret === null ? null : await deviceKey(secret));
  await sessions.keepSealingKey(key as SealingKey);
  return sessions;
}

/** An outbox of `count` patrols. */
async function storeWith(count: number) {
  const store = openStore();
  const changes = Array.from({ length: count }, () => patrol(newRecordId()));
  expect(await store.save(changes, moment())).toBe("saved");
  return store;
}

describe("the outbox as a file", () => {
  it("holds every operation without a receipt, in order, and takes none of them away", async () => {
    const store = await storeWith(5);
    await store.apply(answer({ receipts: [accepted(1), accepted(2)] }), AT);
    const sessions = await sessionsWith(store.owner.device, SECRET);
    const outcome = await exportUnsent({ store, sessions, client: offline, chance, nowMs: NOW }, 0);
    if (!outcome.ok) throw new Error(outcome.problem.code);
    const { name, bytes, operations, lastN, left } = outcome.value;
    expect({ name, operations, lastN, left }).toEqual({
      name: `diaban-2025-11-24-${store.owner.device}-5.txt`,
      operations: 3,
      lastN: 5,
      left: 0,
    });
    const opened = await open(new TextDecoder().decode(bytes));
    const waiting = (await store.batch(100, BODY_BYTES_MAX)).operations;
    expect(opened.operations).toEqual(waiting);
    expect(opened.device).toBe(store.owner.device);
  });

  it("goes on in a second file where the first one is full", async () => {
    const store = openStore();
    const [like] = vectors.cases[0]?.input.operations ?? [];
    // as large as operations may be, at three bytes a character: together more than one body of the server's
    const large = Array.from({ length: 106 }, (_, at) => ({ ...like, n: at + 1, set: { note: "ể".repeat(10_000) } }));
    await store.write(async (tx) => {
      for (const operation of large as Operation[]) {
        await tx.objectStore("outbox").add({ n: operation.n, record: operation.record, operation, saved_ms: NOW });
      }
    });
    const sessions = await sessionsWith(store.owner.device, SECRET);
    const parts = { store, sessions, client: offline, chance, nowMs: NOW };
    const numbers: number[] = [];
    let afterN = 0;
    for (let files = 1; ; files += 1) {
      const outcome = await exportUnsent(parts, afterN);
      if (!outcome.ok) throw new Error(outcome.problem.code);
      const { bytes, lastN, left } = outcome.value;
      expect(bytes.byteLength).toBeLessThanOrEqual(BODY_BYTES_MAX);
      const opened = await open(new TextDecoder().decode(bytes));
      numbers.push(...opened.operations.map((operation) => operation.n));
      afterN = lastN;
      if (left > 0) continue;
      expect(files).toBe(2);
      break;
    }
    expect(OPERATIONS_MAX).toBe(vectors.operations_max);
    expect(numbers).toEqual(Array.from({ length: 106 }, (_, at) => at + 1));
  }, 30_000);

  it("is refused where a key is missing, and asks for the server's once more if it can", async () => {
    const store = await storeWith(1);
    const { device } = store.owner;
    const refused = { ok: false, problem: { code: "sealing-unavailable" } };
    const attempt = async (secret: string | null, key: SealingKey | null, client = offline) =>
      await exportUnsent({ store, sessions: await sessionsWith(device, secret, key), client, chance, nowMs: NOW }, 0);
    expect(await attempt(null, vectors.server)).toMatchObject(refused);
    expect(await attempt(SECRET, null)).toMatchObject(refused);
    expect(await attempt(SECRET, null, answering({ page: "Wi-Fi" }))).toMatchObject(refused);
    expect(await attempt(SECRET, null, answering(vectors.server))).toMatchObject({ ok: true });
    expect(await attempt(SECRET, vectors.server)).toMatchObject({ ok: true });
  });

  it("keeps the key that it has when another cannot be learnt", async () => {
    const sessions = await sessionsWith(newDevice(), SECRET);
    expect(await learnSealingKey(offline, sessions)).toBeNull();
    expect(await learnSealingKey(answering({ type: "/problems/busy" }, 503), sessions)).toBeNull();
    expect(await sessions.sealingKey()).toMatchObject({ id: vectors.server.id });
    const { key } = vectors.server;
    expect(await learnSealingKey(answering({ key, id: "newer" }), sessions)).toEqual({ key, id: "newer" });
    await sessions.dropSession();
    expect(await sessions.sealingKey()).toEqual({ key, id: "newer" });
  });
});

describe("the engine", () => {
  afterEach(async () => {
    vi.unstubAllGlobals();
    await openSessionStore().dropSession();
  });

  async function start(device: string, keyIsGiven: () => boolean, isReachable: () => boolean): Promise<Engine> {
    vi.stubGlobal("CompressionStream", undefined);
    const json = (value: unknown) =>
      new Response(JSON.stringify(value), { headers: { "Content-Type": "application/json" } });
    const fetch = async (url: unknown) => {
      if (!isReachable()) throw new TypeError("failed to fetch");
      if (url === "/api/v1/sealing-key" && keyIsGiven())
        return json({ key: vectors.server.key, id: vectors.server.id });
      if (url === "/api/v1/sessions") {
        const user = { ...LAN, username: `lan.${device}`, role: "officer", areas: [] };
        return json({ user, device: { id: device, name: "?", state: "active", secret: SECRET } });
      }
      throw new TypeError("failed to fetch");
    };
    return await createEngine({
      platform: {
        clock: { wallMs: () => NOW, monoMs: () => 1 },
        chance,
        lock: queueInTab,
        page: stillPage([]),
        fetch: fetch as typeof globalThis.fetch,
      },
      sessions: openSessionStore(),
      loadLocale: async () => undefined,
    });
  }

  const save = async (engine: Engine) =>
    await engine.save([{ record: newRecordId(), kind: "patrol", partition: CAI_KHE, set: { route: "Tuyến 1" } }]);

  it("learns the key at sign-in and exports without a network", async () => {
    const device = newDevice();
    let isReachable = true;
    await openSessionStore().keepSealingKey(null as unknown as SealingKey);
    const engine = await start(
      device,
      () => true,
      () => isReachable,
    );
    expect(await engine.exportUnsent()).toMatchObject({ ok: false, problem: { code: "not-signed-in" } });
    await engine.signIn(`lan.${device}`, "đúng");
    await vi.waitFor(async () => expect(await openSessionStore().sealingKey()).not.toBeNull());
    isReachable = false;
    await save(engine);
    const outcome = await engine.exportUnsent();
    if (!outcome.ok) throw new Error(outcome.problem.code);
    const opened = await open(new TextDecoder().decode(outcome.value.bytes));
    expect(opened).toMatchObject({ device, operations: [{ n: 1, kind: "patrol" }] });
    expect(engine.status.value.waitingRecords).toBe(1);
  });

  it("signs in without the key, and asks again when the app is next opened", async () => {
    const device = newDevice();
    await openSessionStore().keepSealingKey(null as unknown as SealingKey);
    const first = await start(
      device,
      () => false,
      () => true,
    );
    expect(await first.signIn(`lan.${device}`, "đúng")).toMatchObject({ ok: true });
    await save(first);
    expect(await first.exportUnsent()).toMatchObject({ ok: false, problem: { code: "sealing-unavailable" } });
    const second = await start(
      device,
      () => true,
      () => true,
    );
    await vi.waitFor(async () => expect(await openSessionStore().sealingKey()).not.toBeNull());
    expect(await second.exportUnsent()).toMatchObject({ ok: true, value: { operations: 1 } });
  });
});
