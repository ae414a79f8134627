/** A form on a real store, as a tab holds it: opened, typed into, left, saved. */
import { signal } from "@preact/signals";
import { render } from "preact";
import { expect, vi } from "vitest";
import { EngineContext } from "../../src/components/engine-context.ts";
import type { Change, DraftName, Engine } from "../../src/engine/contract.ts";
import { openDecisions } from "../../src/engine/decisions.ts";
import { openDrafts } from "../../src/engine/drafts.ts";
import { NO_PHOTOS } from "../../src/engine/live.ts";
import { shownRecord } from "../../src/engine/shown-record.ts";
import { Activity } from "../../src/screens/recording/activity.tsx";
import type { DeviceStore } from "../../src/store/device-store.ts";
import { CAI_KHE, LAN, moment, NOW, newRecordId } from "../kit.ts";

export const root = document.createElement("div");
document.body.append(root);
globalThis.scrollTo = () => undefined;

export function engineOn(store: DeviceStore): Engine {
  const revision = signal(0);
  const changed = async () => {
    revision.value += 1;
  };
  const rows = async (query: Parameters<DeviceStore["list"]>[0]) =>
    (await store.list(query)).map((row) => shownRecord(row, null));
  return {
    session: signal({ user: { ...LAN, role: "officer", areas: [] }, device: { id: store.owner.device } }),
    partitions: signal([{ id: CAI_KHE, code: "1", name: "Cái Khế", access: "write" }]),
    ...{ revision, photoStatus: signal(NO_PHOTOS), status: signal({ offline: true, draftPhotos: 0 }) },
    ...{ newId: newRecordId, nowMs: () => NOW, areas: async () => [], list: rows },
    photos: async () => ({ list: async () => [] }),
    openPatrol: async () => null,
    hasOthers: async () => true,
    others: async () => ({ list: async () => [], switchTo: async () => false }),
    record: async (id: string) => {
      const row = await store.record(id);
      return row && shownRecord(row, null);
    },
    decisions: async () => openDecisions(store, () => null),
    drafts: async () => openDrafts({ store, changed, nowMs: () => NOW }),
    save: async (changes: Change[], draft?: DraftName) => {
      await store.save(changes, moment(), draft);
      await changed();
      return { ok: true, value: null };
    },
  } as unknown as Engine;
}

export async function open(store: DeviceStore, kind = "incident"): Promise<void> {
  render(null, root);
  render(
    <EngineContext.Provider value={engineOn(store)}>
      <Activity kind={kind} />
    </EngineContext.Provider>,
    root,
  );
  await vi.waitFor(() => expect(root.querySelector("form")).not.toBeNull());
  await settle();
}

export const settle = () => new Promise((done) => setTimeout(done, 40));
export const control = (name: string) => root.querySelector<HTMLInputElement>(`[name=${name}]`) as HTMLInputElement;
export const draftsIn = (store: DeviceStore) => store.read((tx) => tx.objectStore("drafts").getAll());
export const incidents = (store: DeviceStore) => store.list({ kinds: ["incident"], limit: 9 });

export function type(name: string, value: string): void {
  control(name).value = value;
  control(name).dispatchEvent(new Event("input", { bubbles: true }));
}

export function choose(name: string, value: string): void {
  const found = root.querySelector<HTMLInputElement>(`[name=${name}][value=${value}]`);
  if (found) found.checked = true;
  found?.dispatchEvent(new Event("input", { bubbles: true }));
}

export async function pressSave(): Promise<void> {
  root.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  await vi.waitFor(() => expect(location.pathname).toBe("/"));
  await settle();
}

/** In English until a lazy part has brought the words of the phone's language. */
export function press(name: RegExp): void {
  const found = [...root.querySelectorAll("button")].find((each) => name.test(each.textContent ?? ""));
  if (!found) throw new Error(`no button ${name}`);
  found.click();
}

/** After each test. */
export function leaveAll(): void {
  render(null, root);
  history.replaceState(null, "", "/record/incident");
}
