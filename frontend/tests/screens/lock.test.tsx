// @vitest-environment happy-dom
/** Which screens stand while the app is locked, or before a lock that the unit demands. */
import { type Signal, signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Engine, Locking, LockStatus, Outcome } from "../../src/engine/contract.ts";
import { useCatalogue } from "../../src/i18n/index.ts";
import { App } from "../../src/screens/app.tsx";
import { startAutoLock } from "../../src/screens/lock/auto-lock.ts";
import { navigate } from "../../src/screens/router.ts";

useCatalogue("en", {});
const NOW = Date.UTC(2026, 10, 23, 3);
const IDLE_MS = 300_000;
const USER = { id: "me", username: "canbo", name: "Nguyễn Văn Cán", role: "officer", areas: [] } as const;
const DONE: Outcome<null> = { ok: true, value: null };
const OPEN: LockStatus = {
  isPossible: true,
  isSet: false,
  isLocked: false,
  isPutOff: false,
  isGivenUp: false,
  ways: [],
};
const root = document.createElement("div");
document.body.append(root);
globalThis.scrollTo = () => {};

let nowMs = NOW;
let tried: string[] = [];
let locks = 0;

const refusal = (code: string): Outcome<null> => ({
  ok: false,
  problem: { code, title: "", detail: "", status: 0, values: { n: 9 } },
});

const locking: Locking = {
  hasPasskeys: async () => false,
  set: async (kind, secret = "") => {
    tried.push(`${kind} ${secret}`);
    return DONE;
  },
  verdict: async () => ({ may: "try", left: null }),
  unlock: async (kind, secret = "") => {
    tried.push(`${kind} ${secret}`);
    return secret === "481516" ? DONE : refusal("wrong-pin");
  },
  unset: async () => DONE,
  lock: async () => {
    locks += 1;
  },
  putOff: async () => undefined,
  forget: async () => undefined,
};

function engineWith(lock: LockStatus, isLockRequired = false): Engine {
  const status = { phase: "idle", offline: true, waitingRecords: 0, heldRecords: 0, lastSuccessMs: null };
  const session = { user: USER, device: { id: "d", name: "x", state: "active" } };
  return {
    session: signal(isLockRequired ? { ...session, isLockRequired: true } : session),
    status: signal({ ...status, nextTryMs: null, problem: null, firstLoadRecords: null, clockOffsetMs: null }),
    partitions: signal([{ id: "unit", code: "1", name: "Phường Cái Khế", access: "write" }]),
    revision: signal(0),
    lock: signal(lock),
    photoStatus: signal({ byRecord: new Map() }),
    language: signal("vi"),
    nowMs: () => nowMs,
    locking: async () => locking,
    openPatrol: async () => null,
    hasOthers: async () => true,
    others: async () => ({ list: async () => [], switchTo: async () => false }),
    areas: async () => [],
    list: async () => [],
    drafts: async () => ({ list: async () => [] }),
    get: async () => refusal("no-connection"),
  } as unknown as Engine;
}

async function show(path: string, engine: Engine): Promise<void> {
  history.replaceState(null, "", path);
  render(<App engine={engine} />, root);
  navigate(path);
  await vi.waitFor(() => expect(root.querySelector("h1")?.textContent).toBeTruthy());
}

const title = () => root.querySelector("h1")?.textContent;
const button = (name: string) => [...root.querySelectorAll("button")].find((each) => each.textContent === name);
const type = (id: string, text: string) => {
  (root.querySelector(`#${id}`) as HTMLInputElement).value = text;
};

beforeEach(() => {
  [nowMs, tried, locks] = [NOW, [], 0];
});
afterEach(() => {
  render(null, root);
  vi.useRealTimers();
});

it("stands in front of everything that was recorded, and lets a patrol start", async () => {
  const engine = engineWith({ ...OPEN, isSet: true, isLocked: true, ways: ["pin"] });
  for (const path of ["/", "/list", "/sync", "/records/x", "/feed"]) {
    await show(path, engine);
    await vi.waitFor(() => expect(title()).toBe("The app is locked"));
  }
  expect(button("Start patrol")).toBeDefined();
  await show("/more", engine);
  await vi.waitFor(() => expect(title()).toBe("More"));
});

it("records an incident beside a patrol that cannot be looked at", async () => {
  const locked = engineWith({ ...OPEN, isSet: true, isLocked: true, ways: ["pin"] });
  const openPatrol = async () => {
    throw Object.assign(new Error(), { code: "locked" });
  };
  const drafts = async () => ({ read: async () => null, list: async () => [], keep: async () => undefined });
  const photos = async () => ({ list: async () => [] });
  const engine = { ...locked, openPatrol, drafts, photos, newId: () => "new" } as unknown as Engine;
  // opened there anew, as after the system has ended the app
  render(null, root);
  await show("/record/incident", engine);
  await vi.waitFor(() => expect(root.querySelector("form")).not.toBeNull());
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(location.pathname).toBe("/record/incident");
});

it("closes the form that stands open, so that nothing that was typed stays on the screen", async () => {
  const open = engineWith({ ...OPEN, isSet: true, ways: ["pin"] });
  const drafts = async () => ({ read: async () => null, list: async () => [], keep: async () => undefined });
  const photos = async () => ({ list: async () => [] });
  const engine = { ...open, drafts, photos, newId: () => "new" } as unknown as Engine;
  await show("/record/incident", engine);
  await vi.waitFor(() => expect(root.querySelector("textarea[name=note]")).not.toBeNull());
  (root.querySelector("textarea[name=note]") as HTMLTextAreaElement).value = "điều đã gõ";
  (engine.lock as Signal<LockStatus>).value = { ...OPEN, isSet: true, isLocked: true, ways: ["pin"] };
  await vi.waitFor(() => expect(title()).toBe("The app is locked"));
  expect(root.querySelector("textarea")).toBeNull();
});

it("says how many tries are left, empties the field, and keeps nothing of it", async () => {
  const engine = engineWith({ ...OPEN, isSet: true, isLocked: true, ways: ["pin"] });
  await show("/", engine);
  await vi.waitFor(() => expect(button("Unlock")).toBeDefined());
  type("secret", "000111");
  button("Unlock")?.click();
  await vi.waitFor(() => expect(root.querySelector("[role=alert]")?.textContent).toContain("9 tries left"));
  expect(tried).toEqual(["pin 000111"]);
  expect((root.querySelector("#secret") as HTMLInputElement).value).toBe("");
});

it("asks for a lock before all else where the unit demands one, and offers nothing later", async () => {
  const engine = engineWith(OPEN, true);
  await show("/list", engine);
  await vi.waitFor(() => expect(title()).toBe("Lock of this device"));
  await vi.waitFor(() => expect(button("Set the lock")).toBeDefined());
  expect(button("Later")).toBeUndefined();
  (engine.lock as Signal<LockStatus>).value = { ...OPEN, isSet: true };
  await vi.waitFor(() => expect(title()).toBe("List"));
});

it("takes a secret only when it was entered twice alike", async () => {
  await show("/lock", engineWith(OPEN));
  await vi.waitFor(() => expect(button("Set the lock")).toBeDefined());
  type("secret", "mưa rơi lúc hai giờ");
  type("again", "mưa rơi lúc ba giờ");
  button("Set the lock")?.click();
  await vi.waitFor(() => expect(root.querySelector("[role=alert]")?.textContent).toContain("must be the same"));
  expect(tried).toEqual([]);
  type("again", "mưa rơi lúc hai giờ");
  button("Set the lock")?.click();
  await vi.waitFor(() => expect(tried).toEqual(["passphrase mưa rơi lúc hai giờ"]));
});

it("locks by itself after five minutes without a touch, and after a sleep as the phone wakes", () => {
  vi.useFakeTimers();
  const stop = startAutoLock(engineWith({ ...OPEN, isSet: true, ways: ["pin"] }));
  const pass = async (ms: number) => {
    nowMs += ms;
    await vi.advanceTimersByTimeAsync(ms);
  };
  return (async () => {
    await pass(IDLE_MS - 60_000);
    document.dispatchEvent(new Event("pointerdown"));
    await pass(IDLE_MS - 60_000);
    expect(locks).toBe(0);
    await pass(60_000);
    expect(locks).toBe(1);
    // No timer runs in a phone that sleeps.
    nowMs += 3_600_000;
    document.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(0);
    expect(locks).toBe(2);
    stop();
    await pass(3_600_000);
    expect(locks).toBe(2);
  })();
});
