// @vitest-environment happy-dom
/** Photos of a form: of its record and of no other, and none left behind. */
import "fake-indexeddb/auto";
import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineContext } from "../src/components/engine-context.ts";
import type { Change, DraftName, Engine } from "../src/engine/contract.ts";
import { openDrafts } from "../src/engine/drafts.ts";
import { NO_PHOTOS } from "../src/engine/live.ts";
import { openPhotos } from "../src/photos/photos.ts";
import { queueInTab } from "../src/platform/locks.ts";
import { Meeting } from "../src/screens/recording/meeting.tsx";
import type { DeviceStore } from "../src/store/device-store.ts";
import { photosBelow } from "../src/store/photos.ts";
import type { Client } from "../src/sync/client.ts";
import { CAI_KHE, LAN, moment, NOW, newDevice, newRecordId, openStore, stillPage } from "./kit.ts";

/** Each picture is made smaller when a test lets it. */
const shrinking = vi.hoisted(() => ({ waiting: [] as (() => void)[] }));
vi.mock("../src/photos/shrink.ts", () => ({
  Unusable: class extends Error {},
  shrink: async (file: File) => {
    await new Promise<void>((done) => shrinking.waiting.push(done));
    const full = await file.arrayBuffer();
    return { full, thumb: new ArrayBuffer(3), width: 4, height: 3 };
  },
}));

const root = document.createElement("div");
document.body.append(root);
globalThis.scrollTo = () => undefined;
globalThis.URL.createObjectURL = () => "blob:picture";
globalThis.URL.revokeObjectURL = () => undefined;

function engineOn(store: DeviceStore): Engine {
  const revision = signal(0);
  const changed = async () => {
    revision.value += 1;
  };
  const photos = openPhotos({
    platform: {
      ...{ lock: queueInTab, page: stillPage([]), fetch: globalThis.fetch },
      clock: { wallMs: () => NOW, monoMs: () => 1 },
      chance: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    },
    ...{ client: {} as Client, store, lockName: store.owner.device, newId: newRecordId, changed, saved: changed },
    ...{ moment: () => moment(), status: signal(NO_PHOTOS), mayGo: () => false },
    storage: async () => ({ usedBytes: null, quotaBytes: null, persisted: null }),
  });
  return {
    session: signal({ user: { ...LAN, role: "officer", areas: [] }, device: { id: store.owner.device } }),
    partitions: signal([{ id: CAI_KHE, code: "1", name: "Cái Khế", access: "write" }]),
    ...{ revision, photoStatus: signal(NO_PHOTOS), status: signal({ offline: true }) },
    ...{ newId: newRecordId, nowMs: () => NOW, photos: async () => photos },
    drafts: async () => openDrafts({ store, changed, nowMs: () => NOW }),
    ...{ areas: async () => [], list: async () => [], record: (id: string) => store.record(id) },
    save: async (changes: Change[], draft?: DraftName) => {
      await store.save(changes, moment(), draft);
      return { ok: true, value: null };
    },
  } as unknown as Engine;
}

const settle = () => new Promise((done) => setTimeout(done, 60));

async function open(store: DeviceStore): Promise<void> {
  render(
    <EngineContext.Provider value={engineOn(store)}>
      <Meeting />
    </EngineContext.Provider>,
    root,
  );
  await vi.waitFor(() => expect(root.querySelectorAll("input[type=file]")).toHaveLength(2));
  await settle();
}

/** The page dies: nothing of it is told that it goes. */
async function kill(): Promise<void> {
  vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(() => {
    throw new DOMException("dead", "AbortError");
  });
  render(null, root);
  await settle();
  vi.restoreAllMocks();
}

async function choose(...names: string[]): Promise<void> {
  const [, gallery] = root.querySelectorAll<HTMLInputElement>("input[type=file]");
  if (!gallery) throw new Error("no place for photos");
  const files = names.map((name) => new File([name], `${name}.jpg`, { type: "image/jpeg" }));
  Object.defineProperty(gallery, "files", { value: files, configurable: true });
  gallery.dispatchEvent(new Event("change", { bubbles: true }));
  await vi.waitFor(() => expect(shrinking.waiting).toHaveLength(1));
}

/** The next picture is small. */
async function shrunk(): Promise<void> {
  await vi.waitFor(() => expect(shrinking.waiting.length).toBeGreaterThan(0));
  shrinking.waiting.shift()?.();
  await settle();
}

async function pressSave(): Promise<void> {
  root.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  await settle();
}

function pressButton(name: RegExp): void {
  const found = [...root.querySelectorAll("button")].find((each) => name.test(each.textContent ?? ""));
  if (!found) throw new Error(`no button ${name}: ${text()}`);
  found.click();
}

const text = () => root.textContent ?? "";
const meetings = (store: DeviceStore) => store.list({ kinds: ["meeting"], limit: 9 });
const allPhotos = (store: DeviceStore) => store.read((tx) => tx.objectStore("photos").getAll());

afterEach(() => {
  render(null, root);
  shrinking.waiting.length = 0;
  vi.restoreAllMocks();
});

describe("photos of a form that is saved", () => {
  it("keep it from being saved until they are all there, and are all its record's", async () => {
    const store = openStore();
    await open(store);
    await choose("a", "b", "c");
    await pressSave();
    // A lazy part brings its own words, those of the language that the phone speaks.
    await vi.waitFor(() => expect(text()).toContain("Ảnh chưa xong"));
    expect(await meetings(store)).toEqual([]);
    await shrunk();
    await pressSave();
    expect(await meetings(store)).toEqual([]);
    await shrunk();
    await shrunk();
    await pressSave();
    const [meeting] = await meetings(store);
    expect(await store.read((tx) => photosBelow(tx, meeting?.id ?? ""))).toHaveLength(3);
    expect((await allPhotos(store)).map(({ state }) => state)).toEqual(["pending", "pending", "pending"]);
  });
});

describe("photos of a form that is left or killed", () => {
  it("stay with the draft when the form is left, those too that are still being made smaller", async () => {
    const store = openStore();
    await open(store);
    await choose("a", "b");
    await shrunk();
    expect(await store.summary()).toMatchObject({ draftPhotos: 1, draftForms: 1 });
    render(null, root);
    await settle();
    await shrunk();
    await vi.waitFor(async () => expect(await allPhotos(store)).toHaveLength(2));
    await open(store);
    expect(root.querySelectorAll("button.photo")).toHaveLength(2);
  });

  it("go with the draft that is thrown away, those too that are still being made smaller", async () => {
    const store = openStore();
    await open(store);
    await choose("a", "b");
    await shrunk();
    render(null, root);
    await vi.waitFor(async () => expect(await store.summary()).toMatchObject({ draftForms: 1 }));
    await open(store);
    await vi.waitFor(() => pressButton(/Throw the draft away|Bỏ bản nháp/));
    await settle();
    await shrunk();
    await settle();
    expect(await allPhotos(store)).toEqual([]);
    expect(await store.read((tx) => tx.objectStore("photo_files").count())).toBe(0);
    expect(await store.summary()).toMatchObject({ draftPhotos: 0, draftForms: 0 });
    expect(root.querySelectorAll("button.photo")).toHaveLength(0);
  });

  it("come back with the text and the record when the page is killed, and are saved once", async () => {
    const device = newDevice();
    const first = openStore(device);
    await open(first);
    const agenda = () => root.querySelector<HTMLTextAreaElement>("[name=agenda]");
    if (agenda()) (agenda() as HTMLTextAreaElement).value = "An ninh trật tự";
    await choose("a");
    await shrunk();
    await kill();
    const store = openStore(device);
    await open(store);
    expect([agenda()?.value, root.querySelectorAll("button.photo").length]).toEqual(["An ninh trật tự", 1]);
    await pressSave();
    const [meeting, ...others] = await meetings(store);
    expect([others, await allPhotos(store)]).toMatchObject([[], [{ state: "pending", parent: meeting?.id }]]);
  });

  it("of a form that was saved just before the page died do not come back: that would edit the record", async () => {
    const device = newDevice();
    const store = openStore(device);
    await open(store);
    await choose("a");
    await shrunk();
    await pressSave();
    await kill();
    await open(openStore(device));
    await pressSave();
    expect(await meetings(openStore(device))).toHaveLength(2);
  });
});
