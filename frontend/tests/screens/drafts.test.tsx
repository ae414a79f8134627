// @vitest-environment happy-dom
/** Forms that are not saved: kept soon after every change, taken up again, gone when they are saved or thrown away. */
import "fake-indexeddb/auto";
import { render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DraftRows, draftAddress } from "../../src/components/draft-rows.tsx";
import { EngineContext } from "../../src/components/engine-context.ts";
import { shownRecord } from "../../src/engine/shown-record.ts";
import { Correcting } from "../../src/screens/record/correcting.tsx";
import { Activity } from "../../src/screens/recording/activity.tsx";
import { CAI_KHE, moment, newDevice, newRecordId, openStore, patrol } from "../kit.ts";
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

afterEach(leaveAll);

describe("a form", () => {
  it("is on disk within 300 ms of a change, without waiting for anybody to leave it", async () => {
    const store = openStore();
    await open(store);
    type("people", "4");
    await vi.waitFor(async () => expect(await draftsIn(store)).toHaveLength(1), { timeout: 300, interval: 10 });
    expect((await draftsIn(store))[0]?.typed).toContainEqual(["people", "4"]);
  });

  it("that was looked at and not changed leaves no draft", async () => {
    const store = openStore();
    await open(store);
    root.querySelector("form")?.click();
    await new Promise((done) => setTimeout(done, 250));
    render(null, root);
    await settle();
    expect(await draftsIn(store)).toEqual([]);
  });

  it("goes on where a page was killed, with the same record, and is saved once", async () => {
    const device = newDevice();
    const first = openStore(device);
    await open(first);
    choose("category", "fire");
    type("people", "12");
    type("note", "Đã nhắc nhở");
    await vi.waitFor(async () => expect((await draftsIn(first))[0]?.typed).toContainEqual(["note", "Đã nhắc nhở"]));
    const record = (await draftsIn(first))[0]?.record;
    const store = openStore(device);
    await open(store);
    expect([control("people").value, control("note").value]).toEqual(["12", "Đã nhắc nhở"]);
    expect(root.querySelector<HTMLDetailsElement>("fieldset details")?.open).toBe(true);
    await pressSave();
    expect(await draftsIn(store)).toEqual([]);
    const [saved, ...others] = await incidents(store);
    expect([saved?.id, saved?.fields, others]).toMatchObject([record, { category: "fire", people: 12 }, []]);
  });
});

describe("the draft of a form", () => {
  it("in two tabs makes one record", async () => {
    const device = newDevice();
    const store = openStore(device);
    await open(store);
    type("people", "1");
    await vi.waitFor(async () => expect(await draftsIn(store)).toHaveLength(1));
    await open(store);
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
    await pressSave();
    history.replaceState(null, "", "/record/incident");
    other.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await vi.waitFor(() => expect(location.pathname).toBe("/"));
    await settle();
    render(null, other);
    expect(await incidents(store)).toHaveLength(1);
  });

  it("that was thrown away lets it begin anew with another record", async () => {
    const store = openStore();
    await open(store);
    type("people", "7");
    await vi.waitFor(async () => expect(await draftsIn(store)).toHaveLength(1));
    const before = (await draftsIn(store))[0]?.record;
    await open(store);
    press(/Throw the draft away|Bỏ bản nháp/);
    await vi.waitFor(() => expect(control("people")?.value).toBe(""));
    await pressSave();
    const [saved] = await incidents(store);
    expect([saved?.id === before, await draftsIn(store)]).toEqual([false, []]);
  });

  it("is not needed to take over what repeats from the last one", async () => {
    const store = openStore();
    const set = { business_type: "karaoke", planned: true, businesses: 3, note: "x" };
    await store.save([{ record: newRecordId(), kind: "inspection", partition: CAI_KHE, set }], moment());
    await open(store, "inspection");
    press(/Same as last time|Như lần trước/);
    await pressSave();
    const [saved] = await store.list({ kinds: ["inspection"], limit: 1 });
    expect(saved?.fields).toMatchObject({ business_type: "karaoke", planned: true });
    expect([saved?.fields.businesses, saved?.fields.note]).toEqual([undefined, undefined]);
  });
});

describe("a correction that was begun", () => {
  it("keeps what was seen then, though the page died, and goes when it is cancelled", async () => {
    const store = openStore();
    const record = newRecordId();
    await store.save([patrol(record, { route: "Tuyến 1" })], moment());
    const engine = engineOn(store);
    const row = await store.record(record);
    if (!row) throw new Error("not saved");
    const seen = new Map([["route", { value: "Tuyến 1", ids: ["seen"] }]]) as never;
    const show = () =>
      render(
        <EngineContext.Provider value={engine}>
          <Correcting record={shownRecord(row, null)} seen={seen} areas={[]} />
        </EngineContext.Provider>,
        root,
      );
    show();
    press(/Correct|Đính chính/);
    await vi.waitFor(() => expect(root.querySelector("form")).not.toBeNull());
    await settle();
    type("route", "Tuyến 2");
    await vi.waitFor(async () => expect(await draftsIn(store)).toHaveLength(1));
    expect((await draftsIn(store))[0]?.opened).toMatchObject({ id: record, seen });
    render(null, root);
    show();
    await vi.waitFor(() => expect(control("route")?.value).toBe("Tuyến 2"));
    press(/Cancel|Quay lại/);
    await vi.waitFor(async () => expect(await draftsIn(store)).toEqual([]));
  });
});

describe("drafts", () => {
  it("stand on the home screen, each with the way back to its form", async () => {
    const store = openStore();
    await open(store);
    type("people", "4");
    await vi.waitFor(async () => expect(await draftsIn(store)).toHaveLength(1));
    render(
      <EngineContext.Provider value={engineOn(store)}>
        <DraftRows />
      </EngineContext.Provider>,
      root,
    );
    await vi.waitFor(() => expect(root.querySelector("a")?.getAttribute("href")).toBe("/record/incident"));
    expect(draftAddress({ form: "patrol x", record: "x", kind: "patrol" })).toBe("/patrol/end");
    expect(draftAddress({ form: "correct x", record: "x", kind: "patrol" })).toBe("/records/x");
  });
});
