/** Any line, any number of deaths: nothing lost, no stored part sent twice, every photo received (P23, A3, A20, A23). */
import { describe, expect, it } from "vitest";
import { AT, answer, NOW, openStore, outboxNumbers } from "./kit.ts";
import { patrolWithPhotos, receiptAll } from "./photo-kit.ts";
import { runUploads, type UploadRun } from "./upload-run.ts";
import { uploadServer } from "./upload-server.ts";
import { seeded, virtualClock } from "./virtual-phone.ts";

const SEEDS = 30;
const DAY_MS = 86_400_000;
const LIVES_MAX = 200;

interface Line {
  /** Of requests that never arrive, and of answers that never come back. */
  readonly lost: number;
  readonly unheard: number;
  /** Of requests in which the process dies. */
  readonly deadly: number;
}

/** Over all seeds: what the line really did. */
const harm = { lost: 0, unheard: 0, deaths: 0 };

/** A server behind a bad line, and a page that dies on it now and then. */
function world(seed: number, line: Line) {
  const random = seeded(seed);
  const server = uploadServer();
  const clock = virtualClock(NOW);
  let isDead = false;
  const fetch = async (input: unknown, init: RequestInit = {}) => {
    const bytes = init.body instanceof ArrayBuffer ? init.body.byteLength : 0;
    clock.pass(200 + bytes / (5 + random() * 100));
    if (random() < line.lost) {
      harm.lost += 1;
      throw new TypeError("cut on the way there");
    }
    const answer = await server.fetch(input, init);
    isDead = random() < line.deadly;
    if (isDead) harm.deaths += 1;
    else if (random() < line.unheard) harm.unheard += 1;
    else return answer;
    throw new TypeError("cut on the way back");
  };
  const live = async (run: Omit<UploadRun, "fetch" | "clock" | "random">) => {
    isDead = false;
    return await runUploads(
      { ...run, fetch: fetch as typeof globalThis.fetch, clock, random },
      NOW + 30 * DAY_MS,
      () => isDead,
    );
  };
  return { server, clock, random, live };
}

describe("photos over a bad line", () => {
  it.each(Array.from({ length: SEEDS }, (_, at) => at + 1))("arrive whole and no part twice, seed %i", async (seed) => {
    const { server, random, live } = world(seed, { lost: 0.2, unheard: 0.2, deadly: 0.1 });
    const store = openStore();
    const sizes = Array.from({ length: 1 + Math.floor(random() * 3) }, () => 1 + Math.floor(random() * 400_000));
    const { shots } = await patrolWithPhotos(store, sizes, seed);
    await receiptAll(store);
    for (const shot of shots) server.records.add(shot.id);
    let end = await live({ store });
    for (let lives = 1; end.waiting > 0 && lives < LIVES_MAX; lives += 1) end = await live({ store });
    expect(end).toMatchObject({ waiting: 0, refused: 0 });
    expect(server.repeatedBytes()).toBe(0);
    for (const { sha256, full } of shots) expect(server.received.get(sha256)).toEqual(new Uint8Array(full));
  });

  it("had a line as bad as it says", () => {
    expect(Math.min(harm.lost, harm.unheard, harm.deaths)).toBeGreaterThan(SEEDS / 2);
  });

  it("sends parts twice where a phone forgets to ask: the ruler measures", async () => {
    const { server } = world(1, { lost: 0, unheard: 0, deadly: 0 });
    server.records.add("r");
    const headers = { "Tus-Resumable": "1.0.0", "X-Diaban": "1" };
    const made = await server.fetch("/api/v1/uploads", {
      method: "POST",
      headers: { ...headers, "Upload-Length": "4", "Upload-Metadata": `sha256 ${btoa("x")},record ${btoa("r")}` },
    });
    const url = new URL(made.headers.get("Location") ?? "").pathname;
    const part = { method: "PATCH", body: new ArrayBuffer(2) };
    const checksum = "sha256 lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=";
    const sent = { ...headers, "Upload-Offset": "0", "Upload-Checksum": checksum };
    expect((await server.fetch(url, { ...part, headers: sent })).status).toBe(204);
    expect((await server.fetch(url, { ...part, headers: sent })).status).toBe(409);
    expect(server.repeatedBytes()).toBe(2);
  });
});

describe("photos whose line or server was gone", () => {
  it("wait out a day without a line, a hundred of them, and then go by themselves", async () => {
    const { server, clock, random } = world(5, { lost: 0, unheard: 0, deadly: 0 });
    const store = openStore();
    const { shots } = await patrolWithPhotos(
      store,
      Array.from({ length: 100 }, (_, at) => 5_000 + at),
    );
    await receiptAll(store);
    for (const shot of shots) server.records.add(shot.id);
    let tries = 0;
    const fetch = async (input: unknown, init: RequestInit = {}) => {
      clock.pass(300);
      tries += 1;
      if (clock.nowMs() < NOW + DAY_MS) throw new TypeError("no line");
      return await server.fetch(input, init);
    };
    const run = { store, fetch: fetch as typeof globalThis.fetch, clock, random };
    expect(await runUploads(run, NOW + 2 * DAY_MS)).toMatchObject({ waiting: 0, refused: 0 });
    expect(server.received.size).toBe(100);
    // Every five minutes at the rarest, every two and a half at the most frequent.
    expect(tries - server.requests()).toBeGreaterThan(DAY_MS / 300_000);
    expect(tries - server.requests()).toBeLessThan(DAY_MS / 140_000);
  });

  it("begin anew, and end well, when the server has forgotten half an upload", async () => {
    const { server, live, random } = world(7, { lost: 0, unheard: 0, deadly: 0.5 });
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, [380_000]);
    await receiptAll(store);
    server.records.add(shots[0]?.id ?? "");
    let end = await live({ store });
    for (let lives = 0; end.waiting > 0 && lives < LIVES_MAX; lives += 1) {
      if (random() < 0.3) server.forgetUploads();
      end = await live({ store });
    }
    expect(end.waiting).toBe(0);
    expect(server.received.size).toBe(1);
  });

  it("are offered again after a restore, and cost one request each where the server has them", async () => {
    const { server, live } = world(3, { lost: 0, unheard: 0, deadly: 0 });
    const store = openStore();
    const { shots } = await patrolWithPhotos(store, [90_000, 90_001]);
    await receiptAll(store);
    for (const shot of shots) server.records.add(shot.id);
    await live({ store });
    // Another epoch; everything that this phone made is offered again, and receipted again.
    await store.apply(answer({ epoch: "second", seen_n: 0 }), AT);
    expect((await store.summary()).waitingPhotos).toBe(2);
    expect(await outboxNumbers(store)).toEqual([1, 2, 3]);
    server.received.delete(shots[0]?.sha256 ?? "");
    server.forgetUploads();
    const before = server.requests();
    expect((await live({ store })).waiting).toBe(2);
    expect(server.requests()).toBe(before);
    await receiptAll(store);
    expect((await live({ store })).waiting).toBe(0);
    expect([...server.received.keys()].sort()).toEqual(shots.map(({ sha256 }) => sha256).sort());
    // Created and two parts for the one that was lost, created alone for the other.
    expect(server.requests() - before).toBe(4);
  });
});
