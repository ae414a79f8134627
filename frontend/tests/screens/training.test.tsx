// @vitest-environment happy-dom
/** The app in training: a banner on every screen, a way out of each, and the real engine untouched beneath. */
import "fake-indexeddb/auto";
import { type Signal, signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { training } from "../../src/components/training-mode.ts";
import type { Change, Engine, ShownRecord } from "../../src/engine/contract.ts";
import { NO_LOCK, NO_PHOTOS } from "../../src/engine/live.ts";
import { loadLater, loadLocale } from "../../src/i18n/index.ts";
import { App, SCREENS } from "../../src/screens/app.tsx";
import { navigate } from "../../src/screens/router.ts";
import { beginTraining } from "../../src/screens/training/begin.tsx";
import { isForTraining } from "../../src/screens/training/closed.tsx";
import { TRAINING_FAMILY } from "../../src/store/training-stores.ts";

await loadLocale("en");
await loadLater();
const NOW = Date.now();
const UNIT = { id: "00000000-0000-4000-8000-000000031120", code: "1", name: "Cái Khế" };
const root = document.createElement("div");
document.body.append(root);
globalThis.scrollTo = () => undefined;

interface Real {
  readonly engine: Engine;
  readonly saved: Change[];
}

function realEngine(patrol: ShownRecord | null = null): Real {
  const saved: Change[] = [];
  const user = { id: "me", username: "canbo", name: "Nguyễn Văn Cán", role: "officer", areas: [UNIT] };
  const status = { phase: "idle", offline: false, waitingRecords: 3, lastSuccessMs: NOW, nextTryMs: null };
  const refused = async () => ({ ok: false, problem: { code: "no-internet", title: "", detail: "", status: 0 } });
  const engine = {
    session: signal({ user, device: { id: "aaaaaaaaaaaaaaaa", name: "x", state: "active" } }),
    status: signal({ ...status, problem: null, firstLoadRecords: null }),
    partitions: signal([{ ...UNIT, access: "write" }]),
    ...{ revision: signal(0), lock: signal(NO_LOCK), photoStatus: signal(NO_PHOTOS), language: signal("en") },
    ...{ newId: () => "new", nowMs: () => NOW, get: refused, post: refused },
    save: async (changes: Change[]) => {
      saved.push(...changes);
      return { ok: true, value: null };
    },
    ...{ openPatrol: async () => patrol, areas: async () => [], list: async () => [], children: async () => [] },
    ...{ record: async () => null, hasSeen: async () => true, photos: async () => ({ list: async () => [] }) },
    drafts: async () => ({ read: async () => null, list: async () => [], keep: async () => undefined }),
  };
  return { engine: engine as unknown as Engine, saved };
}

const settle = () => new Promise((done) => setTimeout(done, 60));
const banner = () => root.querySelector("section.training");
const button = (name: string) => [...root.querySelectorAll("button")].find((each) => each.textContent?.trim() === name);
const text = () => root.textContent ?? "";
const trainingNames = async () =>
  (await indexedDB.databases()).flatMap(({ name = "" }) => (name.startsWith(TRAINING_FAMILY) ? [name] : []));

async function show(real: Real): Promise<void> {
  history.replaceState(null, "", "/");
  render(<App engine={real.engine} />, root);
  navigate("/");
  await settle();
}

async function inTraining(real = realEngine()): Promise<Real> {
  await show(real);
  navigate("/training");
  await vi.waitFor(() => expect(button("Begin training")).toBeDefined());
  button("Begin training")?.click();
  await vi.waitFor(() => expect(banner()).not.toBeNull());
  return real;
}

beforeEach(() => expect(training.value).toBeNull());
afterEach(async () => {
  training.value?.leave();
  await vi.waitFor(async () => expect(await trainingNames()).toEqual([]));
  render(null, root);
});

describe("training", () => {
  it("begins on the first screen, with nothing practised and a word that says what it is", async () => {
    await inTraining();
    expect(location.pathname).toBe("/");
    expect(banner()?.textContent).toContain("Not sent, not counted.");
    expect(root.querySelector(".badge")).toBeNull();
    expect(document.documentElement.classList.contains("training")).toBe(true);
  });

  it("keeps its banner, and a way out, on every screen", async () => {
    await inTraining();
    const paths = [...Object.keys(SCREENS), "/record/handout", "/records/x", "/help/home", "/nowhere"];
    for (const path of paths) {
      navigate(path);
      await settle();
      expect([path, banner()?.querySelector("button")?.textContent]).toEqual([path, "Leave training"]);
      if (!isForTraining(path)) expect(text()).toContain("This screen is not used in training");
    }
  });

  it("has no screen that sends, signs out or locks", () => {
    const open = Object.keys(SCREENS).filter(isForTraining).sort();
    const records = [
      "/",
      "/list",
      "/patrol/details",
      "/patrol/end",
      "/record",
      "/record/leg",
      "/record/meeting",
      "/record/outreach",
    ];
    expect(open).toEqual([...records, "/help", "/tour"].sort());
  });

  it("starts a patrol with one tap, and nothing of it is real", async () => {
    const real = await inTraining();
    await vi.waitFor(() => expect(button("Start patrol")).toBeDefined());
    button("Start patrol")?.click();
    await vi.waitFor(() => expect(button("End patrol")).toBeDefined());
    expect(real.saved).toEqual([]);
  });
});

describe("leaving training", () => {
  it("is left with one tap from any screen, and what was practised is deleted", async () => {
    const real = await inTraining();
    navigate("/record/handout");
    await vi.waitFor(() => expect(root.querySelector("[name=leaflets]")).not.toBeNull());
    const leaflets = root.querySelector("[name=leaflets]") as HTMLInputElement;
    leaflets.value = "30";
    leaflets.dispatchEvent(new Event("input", { bubbles: true }));
    expect(await trainingNames()).toHaveLength(1);
    button("Leave training")?.click();
    await vi.waitFor(() => expect(banner()).toBeNull());
    expect([location.pathname, real.saved]).toEqual(["/", []]);
    expect(text()).toContain("What was practised is deleted");
    await vi.waitFor(async () => expect(await trainingNames()).toEqual([]));
    expect(document.documentElement.classList.contains("training")).toBe(false);
  });

  it("says on its banner that a real patrol is open, as soon as one is", async () => {
    const patrol = { id: "p", kind: "patrol", fields: { started_at: NOW - 60_000 } } as unknown as ShownRecord;
    await inTraining(realEngine(patrol));
    await vi.waitFor(() => expect(banner()?.textContent).toContain("A real patrol is open since"));
    expect(button("Start patrol")).toBeDefined();
    training.value?.leave();
    const real = await inTraining();
    expect(banner()?.textContent).not.toContain("real patrol");
    // Begun in another tab.
    (real.engine as { openPatrol: Engine["openPatrol"] }).openPatrol = async () => patrol;
    (real.engine.revision as Signal<number>).value += 1;
    await vi.waitFor(() => expect(banner()?.textContent).toContain("A real patrol is open since"));
  });

  it("ends when the app is locked, or nobody is signed in any more", async () => {
    for (const end of [
      ({ lock }: Engine) =>
        ((lock as Signal<unknown>).value = { ...NO_LOCK, isPossible: true, isSet: true, isLocked: true }),
      ({ session }: Engine) => ((session as Signal<unknown>).value = null),
    ]) {
      const real = await inTraining();
      end(real.engine);
      await vi.waitFor(() => expect(banner()).toBeNull());
      await vi.waitFor(async () => expect([training.value, await trainingNames()]).toEqual([null, []]));
      render(null, root);
    }
  });

  it("is not begun twice", async () => {
    const { engine } = await inTraining();
    const before = training.value;
    await beginTraining(engine);
    expect(training.value).toBe(before);
  });

  it("that was cut off is told of until somebody has read it", async () => {
    const name = `${TRAINING_FAMILY}-cut`;
    await new Promise((done) => {
      indexedDB.open(name).onsuccess = (event) => done((event.target as IDBOpenDBRequest).result.close());
    });
    for (const _ of [1, 2]) {
      await show(realEngine());
      await vi.waitFor(() => expect(text()).toContain("Training has stopped"));
      render(null, root);
    }
    await show(realEngine());
    await vi.waitFor(() => expect(button("Understood, record for real")).toBeDefined());
    button("Understood, record for real")?.click();
    await vi.waitFor(() => expect(text()).not.toContain("Training has stopped"));
  });
});
