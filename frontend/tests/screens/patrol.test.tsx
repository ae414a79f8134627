// @vitest-environment happy-dom
/** A patrol while it goes on: its end by one long press, its legs, what it is asked for meanwhile. */
import { render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineContext } from "../../src/components/engine-context.ts";
import { flash } from "../../src/components/flash.ts";
import { legsOf } from "../../src/components/leg-rows.tsx";
import { recentTexts } from "../../src/components/recent-texts.tsx";
import type { Engine, ShownRecord } from "../../src/engine/contract.ts";
import { shownRecord } from "../../src/engine/shown-record.ts";
import { HOLD_MS, hold } from "../../src/screens/patrol-hold.ts";
import { Leg, legChange, transportsByUse } from "../../src/screens/recording/leg.tsx";
import { PatrolDetails } from "../../src/screens/recording/patrol-details.tsx";
import { PatrolEnd, transportOf } from "../../src/screens/recording/patrol-end.tsx";
import type { DeviceStore } from "../../src/store/device-store.ts";
import { CAI_KHE, moment, NOW, newRecordId, openStore, patrol } from "../kit.ts";
import { control, engineOn, leaveAll, press, root, settle, type } from "./form-kit.tsx";

const HOUR_MS = 3_600_000;

/** An officer on patrol, on a real store. */
async function onPatrol(set: Record<string, string | number | string[]> = {}) {
  const store = openStore();
  const id = newRecordId();
  await store.save([patrol(id, { started_at: NOW - HOUR_MS, ...set })], moment());
  const engine = patrolEngine(store);
  return { store, id, engine, record: (await engine.openPatrol()) as ShownRecord };
}

function patrolEngine(store: DeviceStore): Engine {
  const engine = engineOn(store);
  const save: Engine["save"] = async (changes, draft) => {
    const result = await store.save(changes, moment(), draft);
    (engine.revision as { value: number }).value += 1;
    return result === "saved"
      ? { ok: true, value: null }
      : { ok: false, problem: { code: result, title: "", detail: "", status: 0 } };
  };
  const shown = async (row: ReturnType<DeviceStore["openPatrol"]>) => {
    const found = await row;
    return found && shownRecord(found, null);
  };
  const children = async (id: string) => (await store.children(id)).map((row) => shownRecord(row, null));
  return Object.assign(engine, { save, children, openPatrol: () => shown(store.openPatrol()) });
}

function draw(engine: Engine, Screen: typeof Leg): void {
  render(
    <EngineContext.Provider value={engine}>
      <Screen />
    </EngineContext.Provider>,
    root,
  );
}

afterEach(() => {
  vi.useRealTimers();
  leaveAll();
  flash.value = null;
});

describe("the end button", () => {
  const pressed = (record: ShownRecord, engine: Engine) => {
    const button = document.createElement("button");
    root.append(button);
    hold(engine, record, button, performance.now());
    return button;
  };

  it("ends the patrol when it was held for a second, asks for its results, and lets it go on again", async () => {
    const { store, id, engine, record } = await onPatrol();
    const button = pressed(record, engine);
    await new Promise((done) => setTimeout(done, HOLD_MS + 50));
    await settle();
    expect((await store.record(id))?.fields.ended_at).toBe(NOW);
    expect(location.pathname + location.search).toBe(`/patrol/end?of=${id}`);
    const click = vi.fn();
    button.addEventListener("click", click);
    button.click();
    expect(click).not.toHaveBeenCalled();
    await flash.value?.undo?.();
    expect((await store.openPatrol())?.id).toBe(id);
    expect(location.pathname).toBe("/");
  });

  it("does nothing when the finger goes before, so that the tap opens the results", async () => {
    const { store, engine, record } = await onPatrol();
    const button = pressed(record, engine);
    button.dispatchEvent(new Event("pointerup"));
    await new Promise((done) => setTimeout(done, HOLD_MS + 50));
    expect((await store.openPatrol())?.fields.ended_at).toBeUndefined();
    const click = vi.fn();
    button.addEventListener("click", click);
    button.click();
    expect(click).toHaveBeenCalled();
  });

  it("leaves the patrol ended, and says why, when another one was begun before the end was taken back", async () => {
    const { store, id, engine, record } = await onPatrol();
    pressed(record, engine);
    await new Promise((done) => setTimeout(done, HOLD_MS + 50));
    await settle();
    const undo = flash.value?.undo;
    await store.save([patrol(newRecordId(), { started_at: NOW })], moment());
    await undo?.();
    expect(flash.value?.text).toMatch(/Another patrol|ca tuần tra khác/);
    expect((await store.record(id))?.fields.ended_at).toBe(NOW);
  });
});

describe("a leg", () => {
  it("is saved by the tap on its transport, with what was typed before", async () => {
    const { store, id, engine } = await onPatrol();
    draw(engine, Leg);
    await vi.waitFor(() => expect(root.querySelector("form")).not.toBeNull());
    await settle();
    type("route", "Đường Nguyễn Trãi");
    press(/^(Đi bộ|On foot|foot)$/);
    await vi.waitFor(() => expect(location.pathname).toBe("/"));
    const [leg] = await store.children(id);
    expect(leg?.fields).toMatchObject({
      parent: id,
      started_at: NOW,
      transport: ["foot"],
      route: "Đường Nguyễn Trãi",
    });
    expect(leg?.fields.place).toBeUndefined();
  });

  it("says nothing of the transport where it stays the same", () => {
    const form = new FormData();
    form.set("route", "Tuyến 2");
    const { change } = legChange(form, "l", { id: "p", partition: CAI_KHE }, null, NOW);
    expect(change.set).toEqual({ parent: "p", started_at: NOW, route: "Tuyến 2" });
  });

  it("offers first what was gone by lately, and every transport", () => {
    const words = transportsByUse([["motorbike"], undefined, ["boat", "motorbike"]]);
    expect(words).toEqual(["motorbike", "boat", "foot", "bicycle", "car"]);
  });

  it("stands with the others in the order in which they were gone", () => {
    const leg = (id: string, started_at: number) =>
      ({ id, kind: "leg", fields: { started_at } }) as unknown as ShownRecord;
    const photo = { id: "x", kind: "photo", fields: {} } as unknown as ShownRecord;
    expect(legsOf([leg("b", 2), photo, leg("a", 1)]).map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("adds its transport to what the results say the patrol went by", () => {
    const of = (transport: string[] | null) => ({ fields: { transport } }) as unknown as ShownRecord;
    expect(transportOf(of(["motorbike"]), [of(["foot"]), of(null)])).toEqual(["foot", "motorbike"]);
    expect(transportOf(of(null), [])).toBeNull();
  });
});

describe("the patrol's details", () => {
  it("are saved while it goes on, the last route one tap away", async () => {
    const { store, id, engine } = await onPatrol();
    const past = { started_at: NOW - 9 * HOUR_MS, ended_at: NOW - 8 * HOUR_MS, route: "Tuyến bờ sông" };
    await store.save([patrol(newRecordId(), past)], moment());
    draw(engine, PatrolDetails);
    await vi.waitFor(() => expect(root.querySelector("form")).not.toBeNull());
    await settle();
    press(/^Tuyến bờ sông$/);
    type("officers", "2");
    type("militia", "3");
    expect(control("route").value).toBe("Tuyến bờ sông");
    root.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await vi.waitFor(() => expect(location.pathname).toBe("/"));
    const open = await store.openPatrol();
    expect(open?.id).toBe(id);
    expect(open?.fields).toMatchObject({ route: "Tuyến bờ sông", officers: 2, militia: 3 });
  });

  it("offer each text once, the last first", () => {
    expect(recentTexts(["B", null, "A", "B", 3, ""])).toEqual(["B", "A"]);
  });
});

describe("the results", () => {
  it("can be saved no sooner than there is something to save: a tap on the button is never swallowed", async () => {
    const { engine } = await onPatrol();
    let read = () => undefined as unknown;
    const legs = new Promise<readonly ShownRecord[]>((done) => {
      read = () => done([]);
    });
    draw(Object.assign(engine, { children: () => legs }), PatrolEnd);
    const save = () => root.querySelector<HTMLButtonElement>(".action button");
    await vi.waitFor(() => expect(save()).not.toBeNull());
    await settle();
    expect(root.querySelector("form")).toBeNull();
    expect(save()?.disabled).toBe(true);
    read();
    await vi.waitFor(() => expect(root.querySelector("form")).not.toBeNull());
    await vi.waitFor(() => expect(save()?.disabled).toBe(false));
  });
});
