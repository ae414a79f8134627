/** A browser that has erased the store: the server's word of it stands until somebody has read it. */
import { afterEach, expect, it, vi } from "vitest";
import { openSessionStore } from "../src/store/session-store.ts";
import { newServer, start } from "./engine-kit.ts";

afterEach(async () => {
  vi.unstubAllGlobals();
  await openSessionStore().dropSession();
});

it("keeps what the server says of it over a new start, until it was read", async () => {
  const server = { ...newServer(), lostStore: { received: 4, unsent: 2 } };
  const engine = await start(server);
  await engine.signIn(server.username, "đúng");
  expect(engine.session.value?.lostStore).toEqual({ received: 4, unsent: 2 });
  const again = await start(server);
  expect(again.session.value?.lostStore).toEqual({ received: 4, unsent: 2 });
  await again.heardOfLoss();
  expect(again.session.value).toEqual((await start(server)).session.value);
  expect(again.session.value?.lostStore).toBeUndefined();
  expect(again.session.value?.device.id).toBe(server.device);
  expect(await openSessionStore().deviceKey()).not.toBeNull();
});

it("says nothing where nothing was lost, or nobody is signed in", async () => {
  const server = newServer();
  const engine = await start(server);
  await engine.heardOfLoss();
  expect(engine.session.value).toBeNull();
  await engine.signIn(server.username, "đúng");
  expect(engine.session.value?.lostStore).toBeUndefined();
});
