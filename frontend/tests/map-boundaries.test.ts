/** Boundaries on the phone: asked for once, kept for use without a network, renewed when the server has others. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Engine } from "../src/engine/contract.ts";
import { askBoundaries, type Boundaries, keptBoundaries } from "../src/screens/map/boundaries.ts";

const UNIT = "unit-1";
const none: Boundaries = { type: "FeatureCollection", features: [] };
const one = { ...none, features: [{ type: "Feature", id: UNIT }] } as unknown as Boundaries;

/** What a browser keeps under one name. */
function fakeCaches(): Pick<CacheStorage, "open"> {
  const rows = new Map<string, Response>();
  const put = async (path: string, response: Response) => void rows.set(path, response);
  const match = async (path: string) => rows.get(path)?.clone();
  return { open: async () => ({ put, match }) as unknown as Cache };
}

interface Server {
  body: Boundaries;
  isThere: boolean;
  readonly asked: (string | null)[];
}

function engineOf(server: Server): Engine {
  const get = async (_path: string, etag: string | null) => {
    server.asked.push(etag);
    if (!server.isThere) return { ok: false, problem: { code: "no-internet" } };
    const now = `W/"${server.body.features.length}"`;
    const unchanged = etag === now;
    return { ok: true, value: { unchanged, etag: now, body: unchanged ? null : server.body } };
  };
  return { get } as unknown as Engine;
}

beforeEach(() => vi.stubGlobal("caches", fakeCaches()));
afterEach(() => vi.unstubAllGlobals());

it("keeps what came, asks with its tag, and takes what is newer", async () => {
  const server: Server = { body: none, isThere: true, asked: [] };
  const engine = engineOf(server);
  expect(await keptBoundaries(UNIT)).toBeNull();
  expect(await askBoundaries(engine, UNIT)).toEqual(none);
  expect(await askBoundaries(engine, UNIT)).toBeNull();
  server.body = one;
  expect(await askBoundaries(engine, UNIT)).toEqual(one);
  expect(await keptBoundaries(UNIT)).toEqual(one);
  expect(server.asked).toEqual([null, 'W/"0"', 'W/"0"']);
});

it("shows what was kept where the server cannot be reached", async () => {
  const server: Server = { body: one, isThere: true, asked: [] };
  await askBoundaries(engineOf(server), UNIT);
  server.isThere = false;
  expect(await askBoundaries(engineOf(server), UNIT)).toBeUndefined();
  expect(await keptBoundaries(UNIT)).toEqual(one);
  expect(await keptBoundaries("another")).toBeNull();
});

it("does without keeping where the browser keeps nothing for a page without TLS", async () => {
  vi.stubGlobal("caches", undefined);
  const server: Server = { body: one, isThere: true, asked: [] };
  expect(await askBoundaries(engineOf(server), UNIT)).toEqual(one);
  expect(await keptBoundaries(UNIT)).toBeNull();
});
