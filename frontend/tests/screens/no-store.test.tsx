// @vitest-environment happy-dom
/** What stands on the screen of a phone that will not open its store: never nothing. */
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { render } from "preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Session } from "../../src/engine/contract.ts";
import { codeOf } from "../../src/i18n/problems.ts";
import { showNoStore } from "../../src/screens/no-store.tsx";
import { isStorageFull } from "../../src/store/connection.ts";
import { openSessionStore } from "../../src/store/session-store.ts";
import { LAN, newDevice } from "../kit.ts";

const FULL = new DOMException("Internal error opening backing store for indexedDB.open.", "UnknownError");
const SESSION: Session = {
  user: { ...LAN, username: "lan", role: "officer", areas: [] },
  device: { id: newDevice(), name: "?", state: "active" },
};
const NOBODY = Promise.resolve(null);
const root = document.createElement("div");
document.body.append(root);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  render(null, root);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const drawn = () => new Promise((done) => setTimeout(done, 20));

function countReloads(): () => number {
  const reload = vi.spyOn(location, "reload").mockImplementation(() => undefined);
  return () => reload.mock.calls.length;
}

describe("a phone whose disk is full", () => {
  it("is told what to do, and looks by itself until there is room", async () => {
    const reloads = countReloads();
    let isFull = true;
    await showNoStore(root, FULL, { session: () => (isFull ? Promise.reject(FULL) : NOBODY) });
    await drawn();
    expect(root.querySelector("h1")?.textContent).toBe("Bộ nhớ máy đã đầy");
    expect(root.querySelector("[role=alert]")?.textContent).toContain("Phiếu đã lưu vẫn còn");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(reloads()).toBe(0);
    isFull = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reloads()).toBe(1);
  });

  it("waits for the database of its records, too, when it is that one alone", async () => {
    const reloads = countReloads();
    const factory = new IDBFactory();
    const open = factory.open.bind(factory);
    let isFull = true;
    factory.open = (name, version) => {
      if (isFull && name === `diaban-${SESSION.device.id}`) throw FULL;
      return open(name, version);
    };
    vi.stubGlobal("indexedDB", factory);
    const sessions = openSessionStore();
    await sessions.keepSession(SESSION, null);
    await showNoStore(root, FULL, sessions);
    await drawn();
    for (let tries = 0; tries < 3; tries += 1) {
      await vi.advanceTimersByTimeAsync(5_000);
      await drawn();
    }
    expect(reloads()).toBe(0);
    isFull = false;
    await vi.advanceTimersByTimeAsync(5_000);
    await vi.waitFor(() => expect(reloads()).toBe(1));
  });

  it("opens at once for somebody who presses the button", async () => {
    const reloads = countReloads();
    await showNoStore(root, FULL, { session: () => Promise.reject(FULL) });
    await drawn();
    root.querySelector<HTMLButtonElement>("button.primary")?.click();
    expect(reloads()).toBe(1);
  });
});

it("says something else of another fault, and does not try for ever", async () => {
  const reloads = countReloads();
  await showNoStore(root, new Error("other"), { session: () => NOBODY });
  await drawn();
  expect(root.querySelector("h1")?.textContent).toBe("Chưa mở được phiếu trên máy");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reloads()).toBe(0);
});

it("is not the server's fault when the disk under the database fails", () => {
  expect(isStorageFull(FULL)).toBe(true);
  expect(codeOf(FULL)).toBe("storage-full");
  expect(codeOf(new DOMException("", "QuotaExceededError"))).toBe("storage-full");
  expect(codeOf(new DOMException("", "InvalidStateError"))).toBe("device-failed");
});
