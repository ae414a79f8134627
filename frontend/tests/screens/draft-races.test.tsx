// @vitest-environment happy-dom
/** What happens to a form meanwhile: it is left at once, another tab has it too, the disk is slow, others write. */
import "fake-indexeddb/auto";
import { render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineContext } from "../../src/components/engine-context.ts";
import { flash } from "../../src/components/flash.ts";
import type { Drafts } from "../../src/engine/contract.ts";
import { shownRecord } from "../../src/engine/shown-record.ts";
import { startAutosave } from "../../src/screens/forms/autosave.ts";
import { Correcting } from "../../src/screens/record/correcting.tsx";
import { Activity } from "../../src/screens/recording/activity.tsx";
import type { DeviceStore } from "../../src/store/device-store.ts";
import { CAI_KHE, moment, newRecordId, openStore, patrol } from "../kit.ts";
import {
  choose,
  control,
  draftsIn,
  engineOn,
  incidents,
  leaveAll,
  open,
  press,
  pressSave,
  root,
  settle,
  type,
} from "./form-kit.tsx";

const typedIn = async (store: DeviceStore, name: string) =>
  (await draftsIn(store)).map(({ typed }) => typed.find(([each]) => each === name)?.[1]);

/** Another tab of the same phone, with the same form. */
async function openBeside(store: DeviceStore): Promise<HTMLElement> {
  const other = document.createElement("div");
  document.body.append(other);
  render(
    <EngineContext.Provider value={engineOn(store)}>
      <Activity kind="incident" />
    </EngineContext.Provider>,
    other,
  );
  await vi.waitFor(() => expect(other.querySelector("form")).not.toBeNull());
  await settle();
  return other;
}

function typeInto(tab: HTMLElement, name: string, value: string): void {
  const field = tab.querySelector(`[name=${name}]`) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

async function saveIn(tab: HTMLElement): Promise<void> {
  history.replaceState(null, "", "/record/incident");
  tab.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  await vi.waitFor(() => expect(location.pathname).toBe("/"));
  await settle();
}

afterEach(leaveAll);

describe("a form that is left", () => {
  it("keeps what was typed a moment ago", async () => {
    const store = openStore();
    await open(store);
    type("people", "7");
    render(null, root);
    await vi.waitFor(async () => expect(await typedIn(store, "people")).toEqual(["7"]));
    await open(store);
    type("people", "78");
    render(null, root);
    await vi.waitFor(async () => expect(await typedIn(store, "people")).toEqual(["78"]));
  });

  it("is not kept when its draft was thrown away right after typing", async () => {
    const store = openStore();
    await open(store);
    type("people", "7");
    render(null, root);
    await vi.waitFor(async () => expect(await draftsIn(store)).toHaveLength(1));
    await open(store);
    type("people", "78");
    press(/Throw the draft away|Bỏ bản nháp/);
    await vi.waitFor(() => expect(control("people")?.value).toBe(""));
    await new Promise((done) => setTimeout(done, 300));
    expect(await draftsIn(store)).toEqual([]);
  });
});

describe("a slow disk", () => {
  it("gets the newest text, one write at a time, and a save waits for one or two of them", async () => {
    vi.useFakeTimers();
    const written: string[] = [];
    let flying = 0;
    const keep: Drafts["keep"] = async ({ typed }) => {
      flying += 1;
      expect(flying).toBe(1);
      await new Promise((done) => setTimeout(done, 400));
      flying -= 1;
      written.push(typed[0]?.[1] ?? "");
    };
    let text = "";
    const opening = { form: "f", kind: "tips", record: "r", opened: null, draft: null };
    const engine = { drafts: async () => ({ keep }) as unknown as Drafts };
    const autosave = startAutosave({ engine, opening, read: () => [["note", text]], onTrouble: () => undefined });
    autosave.opened();
    for (let at = 0; at < 30; at += 1) {
      text += "x";
      autosave.touch();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(written.at(-1)?.length).toBeGreaterThan(20);
    let isAtRest = false;
    void autosave.rest(true).then(() => {
      isAtRest = true;
    });
    await vi.advanceTimersByTimeAsync(900);
    expect(isAtRest).toBe(true);
    vi.useRealTimers();
  });
});

describe("two tabs", () => {
  it("do not bring back a draft that was saved in one of them", async () => {
    const store = openStore();
    await open(store);
    type("people", "1");
    await vi.waitFor(async () => expect(await draftsIn(store)).toHaveLength(1));
    const other = await openBeside(store);
    await pressSave();
    typeInto(other, "people", "12");
    await new Promise((done) => setTimeout(done, 400));
    expect(await draftsIn(store)).toEqual([]);
    expect(other.textContent).toMatch(/another window|cửa sổ khác/);
    render(null, other);
    await settle();
    expect(await draftsIn(store)).toEqual([]);
  });

  it("that began two records keep the text of both", async () => {
    const store = openStore();
    await open(store);
    const other = await openBeside(store);
    type("people", "1");
    typeInto(other, "people", "2");
    await vi.waitFor(async () => expect((await typedIn(store, "people")).sort()).toEqual(["1", "2"]));
    render(null, other);
  });

  it("never replace unseen what others have said of the record since", async () => {
    const store = openStore();
    await open(store);
    type("people", "1");
    await vi.waitFor(async () => expect(await draftsIn(store)).toHaveLength(1));
    const other = await openBeside(store);
    await pressSave();
    const [made] = await incidents(store);
    if (!made) throw new Error("not saved");
    await store.save([{ record: made.id, kind: "incident", partition: CAI_KHE, set: { people: 9 } }], moment());
    await saveIn(other);
    render(null, other);
    const [now, ...more] = await incidents(store);
    expect([more, now?.conflicts]).toEqual([[], ["people"]]);
  });
});

describe("while a form is filled in", () => {
  it("choices stay where they are, though records come in", async () => {
    const store = openStore();
    const engine = engineOn(store);
    render(
      <EngineContext.Provider value={engine}>
        <Activity kind="incident" />
      </EngineContext.Provider>,
      root,
    );
    await vi.waitFor(() => expect(root.querySelector("form")).not.toBeNull());
    await settle();
    choose("category", "fighting");
    for (const category of ["theft", "drugs", "fire"])
      await engine.save([{ record: newRecordId(), kind: "incident", partition: CAI_KHE, set: { category } }]);
    await settle();
    expect(new FormData(root.querySelector("form") as HTMLFormElement).get("category")).toBe("fighting");
  });

  it('"as last time" leaves alone what was entered', async () => {
    const store = openStore();
    const set = { business_type: "karaoke", planned: true };
    await store.save([{ record: newRecordId(), kind: "inspection", partition: CAI_KHE, set }], moment());
    await open(store, "inspection");
    choose("business_type", "pawn");
    press(/Same as last time|Như lần trước/);
    await pressSave();
    const rows = await store.list({ kinds: ["inspection"], limit: 2 });
    expect(rows.find(({ fields }) => fields.business_type === "pawn")?.fields).toMatchObject({ planned: true });
  });
});

describe("a correction", () => {
  async function correct(store: DeviceStore, record: string) {
    const row = await store.record(record);
    const engine = engineOn(store);
    const heads = (await (await engine.decisions()).heads(record)).fields;
    if (!row) throw new Error("not saved");
    const area = { id: "hamlet", code: null, kind: "hamlet", name: "Ấp 1", full_name: "Ấp 1", parent: null };
    render(null, root);
    render(
      <EngineContext.Provider value={engine}>
        <Correcting record={shownRecord(row, null)} seen={heads} areas={[area]} />
      </EngineContext.Provider>,
      root,
    );
    press(/Correct|Đính chính/);
    await vi.waitFor(() => expect(root.querySelector("form")).not.toBeNull());
    await settle();
  }

  async function submit(): Promise<void> {
    root.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await vi.waitFor(() => expect(flash.value?.undo).toBeTruthy());
    await settle();
  }

  it("sets no place that nobody chose", async () => {
    const store = openStore();
    const [bare, placed] = [newRecordId(), newRecordId()];
    await store.save([patrol(bare, { route: "A" }), patrol(placed, { route: "A", place: CAI_KHE })], moment());
    for (const record of [bare, placed]) {
      await correct(store, record);
      type("route", "B");
      await submit();
    }
    const places = await Promise.all([bare, placed].map(async (id) => (await store.record(id))?.fields.place ?? null));
    expect(places).toEqual([null, CAI_KHE]);
  });

  it("taken back gives back what stood before it, and leaves alone what others have said since", async () => {
    const store = openStore();
    const record = newRecordId();
    await store.save([patrol(record, { route: "A" })], moment());
    await correct(store, record);
    type("route", "B");
    await submit();
    await flash.value?.undo?.();
    expect((await store.record(record))?.fields.route).toBe("A");
    expect((await draftsIn(store)).map(({ form }) => form)).toEqual([`correct ${record}`]);
    await store.write((tx) => tx.objectStore("drafts").clear());
    await correct(store, record);
    type("route", "C");
    await submit();
    await store.save([patrol(record, { route: "D" })], moment());
    await flash.value?.undo?.();
    expect((await store.record(record))?.conflicts).toEqual(["route"]);
  });
});
