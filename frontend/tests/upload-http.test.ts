/**
 * The phone's own exchange and upload against a real server, over a line that cuts. `tests/e2e/test_photos.py` starts
 * the server, makes the pictures and says where both are; without it there is nothing to talk to.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { hexOf, sha256 } from "../src/photos/digest.ts";
import { sizeOf } from "../src/photos/jpeg.ts";
import { uuidv7 } from "../src/platform/chance.ts";
import { type DeviceStore, openDeviceStore } from "../src/store/device-store.ts";
import { addPhoto, type Shot } from "../src/store/photos.ts";
import { createClient } from "../src/sync/client.ts";
import { runRound } from "../src/sync/round.ts";
import { moment, newRecordId } from "./kit.ts";
import { runUploads } from "./upload-run.ts";
import { chanceOf, seeded, virtualClock, virtualPlatform } from "./virtual-phone.ts";

const { DIABAN_URL = "", DIABAN_PHOTOS = "", DIABAN_USER = "canbo.caikhe" } = process.env;
const PASSWORD = "diaban-demo-2026";
const HOUR_MS = 3_600_000;
const LIVES_MAX = 60;
const TIMEOUT_MS = 120_000;

type Fetch = typeof globalThis.fetch;

/** A browser's part: the address of the app, and its cookies. */
function browserFetch(): Fetch {
  const cookies = new Map<string, string>();
  return async (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("Cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const response = await fetch(new URL(String(input), DIABAN_URL), { ...init, headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
}

interface Line {
  readonly fetch: Fetch;
  readonly isDead: () => boolean;
  readonly revive: () => void;
  readonly harm: { lost: number; torn: number; unheard: number; deaths: number };
  /** From where to where each part was sent, by upload. */
  readonly stored: Map<string, number>;
  readonly repeated: () => number;
}

/** Loses requests, tears bodies, swallows answers, kills the page: as the seed says. */
function badLine(behind: Fetch, random: () => number): Line {
  const harm = { lost: 0, torn: 0, unheard: 0, deaths: 0 };
  const stored = new Map<string, number>();
  let isDead = false;
  let repeated = 0;
  const cut = (what: keyof typeof harm): never => {
    harm[what] += 1;
    throw new TypeError(what);
  };
  const fetch: Fetch = async (input, init = {}) => {
    const url = String(input);
    const from = Number(new Headers(init.headers).get("Upload-Offset"));
    if (init.method === "PATCH" && from < (stored.get(url) ?? 0)) repeated += 1;
    if (random() < 0.15) return cut("lost");
    if (init.body instanceof ArrayBuffer && random() < 0.15) {
      await behind(input, { ...init, body: torn(init.body), duplex: "half" } as RequestInit).catch(() => undefined);
      return cut("torn");
    }
    const response = await behind(input, init);
    const offset = response.ok ? Number(response.headers.get("Upload-Offset")) : 0;
    if (offset > 0) stored.set(url, offset);
    isDead = random() < 0.1;
    if (isDead) return cut("deaths");
    return random() < 0.15 ? cut("unheard") : response;
  };
  const revive = () => {
    isDead = false;
  };
  return { fetch, isDead: () => isDead, revive, harm, stored, repeated: () => repeated };
}

/** Half of a body, and then nothing more of it, ever. */
function torn(body: ArrayBuffer): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (stream) => {
      stream.enqueue(new Uint8Array(body, 0, Math.floor(body.byteLength / 2)));
      setTimeout(() => stream.error(new TypeError("torn")), 5);
    },
  });
}

async function pictures(ids: () => string): Promise<Shot[]> {
  const names = readdirSync(DIABAN_PHOTOS).sort();
  return await Promise.all(
    names.map(async (name) => {
      const bytes = Uint8Array.from(readFileSync(join(DIABAN_PHOTOS, name)));
      const size = sizeOf(bytes) ?? { width: 1, height: 1 };
      const digest = hexOf(await sha256(bytes));
      return {
        id: ids(),
        full: bytes.buffer,
        thumb: new ArrayBuffer(1),
        sha256: digest,
        ...size,
        taken_ms: Date.now(),
      };
    }),
  );
}

async function signIn(behind: Fetch): Promise<DeviceStore> {
  const response = await behind("/api/v1/sessions", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Diaban": "1" },
    body: JSON.stringify({ username: DIABAN_USER, password: PASSWORD, device: { name: "vitest" }, mode: "cookie" }),
  });
  const { user, device } = (await response.json()) as { user: { id: string; name: string }; device: { id: string } };
  return openDeviceStore({ device: device.id, user });
}

/** Pushes everything, as the loop would. */
async function exchange(store: DeviceStore, behind: Fetch): Promise<void> {
  const platform = virtualPlatform({ clock: virtualClock(Date.now()), random: seeded(9), fetch: behind });
  const client = createClient({
    fetch: behind,
    language: () => "vi",
    lock: platform.lock,
    proof: async () => null,
    device: () => null,
  });
  for (let more = true; more; ) {
    const result = await runRound({ platform, client, store, onFlight: () => undefined }, 100);
    if (!result.ok) throw new Error(result.failure.code);
    more = result.more;
  }
}

describe.skipIf(!DIABAN_URL)("the phone's uploads and the real server", () => {
  it("bring every photo whole over a line that cuts, and no part twice", { timeout: TIMEOUT_MS }, async () => {
    const behind = browserFetch();
    const store = await signIn(behind);
    await exchange(store, behind);
    const [unit] = (await store.summary()).partitions.filter(({ access }) => access === "write");
    const chance = chanceOf(seeded(Date.now()));
    const ids = () => uuidv7(Date.now(), chance);
    const to = { record: ids(), partition: unit?.id ?? "" };
    const at = () => ({
      ...moment(Date.now()),
      newTag: () =>
        newRecordId()
          .slice(-8)
          .replace(/[^2-7]/g, "a"),
    });
    await store.save([{ ...to, kind: "patrol", set: { route: "Tuyến 1" } }], at());
    const shots = await pictures(ids);
    for (const shot of shots) await store.write((tx) => addPhoto(tx, store.owner, shot, to, at()));
    await exchange(store, behind);

    const random = seeded(20_261_123);
    const line = badLine(behind, random);
    const clock = virtualClock(Date.now());
    for (let lives = 0; lives < LIVES_MAX && (await store.summary()).waitingPhotos > 0; lives += 1) {
      line.revive();
      await runUploads({ store, fetch: line.fetch, clock, random }, clock.nowMs() + HOUR_MS, line.isDead);
    }
    expect(await store.summary()).toMatchObject({ waitingRecords: 0, waitingPhotos: 0, refusedPhotos: 0 });
    expect(line.repeated()).toBe(0);
    expect(Math.min(...Object.values(line.harm))).toBeGreaterThan(0);
    for (const { sha256: digest } of shots) {
      const response = await behind(`/api/v1/photos/${digest}?size=thumb`);
      expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "image/jpeg"]);
    }
  });
});
