// @vitest-environment happy-dom
/** Screens on which people decide: values side by side, void records, held operations. */
import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { EngineContext } from "../../src/components/engine-context.ts";
import type { Change, Engine, HeldOperation, ShownRecord, Value } from "../../src/engine/contract.ts";
import { useCatalogue } from "../../src/i18n/index.ts";
import { ConflictsScreen } from "../../src/screens/conflicts/conflicts.tsx";
import { headRows } from "../../src/screens/conflicts/head-rows.ts";
import { HeldScreen } from "../../src/screens/held/held.tsx";
import { heldSentence } from "../../src/screens/held/held-note.tsx";
import { correctedFields } from "../../src/screens/record/correcting.tsx";
import { RecordPage } from "../../src/screens/record/record.tsx";
import type { MergedFields } from "../../src/sync/core/overlay.ts";

const NOW = Date.UTC(2026, 10, 23, 3);
const [LAN, MINH] = ["l".repeat(16), "m".repeat(16)];
const root = document.createElement("div");
document.body.append(root);
globalThis.scrollTo = () => {};

interface Fake {
  readonly record?: Partial<ShownRecord>;
  /** Undecided ones, where there are several. */
  readonly many?: readonly Partial<ShownRecord>[];
  readonly heads?: Readonly<Record<string, readonly (readonly [Value, string])[]>>;
  readonly held?: readonly HeldOperation[];
  readonly offline?: boolean;
  readonly role?: string;
  readonly answers?: Readonly<Record<string, unknown>>;
  readonly refuse?: string;
}

const saved: Change[] = [];
const posted: [string, unknown][] = [];

function fields(heads: NonNullable<Fake["heads"]>): MergedFields {
  const head = ([value, id]: readonly [Value, string]) => {
    const [device = "", n = "1", tag = ""] = id.split(".");
    return { value, ids: [id], key: { effectiveMs: NOW, ms: NOW, count: 0, device, n: Number(n), tag } };
  };
  const entries = Object.entries(heads).map(([name, list]) => {
    const [shown, ...siblings] = list.map(head);
    return [name, { shown: shown ?? head([null, ""]), siblings }] as const;
  });
  return new Map(entries);
}

function fakeEngine({ record, heads = {}, held = [], offline = false, role = "officer", ...rest }: Fake): Engine {
  const whole = {
    ...{ id: "r", kind: "patrol", partition: "unit", fields: {}, conflicts: [], state: "received", flags: [] },
    ...{ heldCodes: [], createdMs: NOW, changedMs: NOW, author: { id: "x", name: "Nguyễn Thị Lan" } },
    ...record,
  };
  const people = new Map([[LAN, { id: "x", name: "Nguyễn Thị Lan" }]]);
  return {
    session: signal({ user: { id: "me", name: "Tôi", role, areas: [] }, device: { id: "d" } }),
    status: signal({ offline, heldRecords: 0 }),
    partitions: signal([{ id: "unit", code: "1", name: "Phường", access: "write" }]),
    photoStatus: signal({ byRecord: new Map() }),
    revision: signal(0),
    nowMs: () => NOW,
    areas: async () => [],
    children: async () => [],
    record: async () => whole,
    photos: async () => ({ list: async () => [] }),
    decisions: async () => ({
      heads: async () => ({ fields: fields(heads), people, isOnServer: true }),
      undecided: async (limit: number) => {
        const undecided = rest.many ?? (record ? [record] : []);
        return undecided.slice(0, limit).map((one) => ({ ...whole, ...one }));
      },
      held: async () => held,
      unsent: async () => [],
    }),
    save: async (changes: Change[]) => {
      saved.push(...changes);
      return { ok: true, value: null };
    },
    get: async (path: string) => {
      const body = rest.answers?.[path];
      const problem = { code: "no-connection", title: "", detail: "", status: 0 };
      return body ? { ok: true, value: { unchanged: false, etag: null, body } } : { ok: false, problem };
    },
    post: async (path: string, body: unknown) => {
      posted.push([path, body]);
      const problem = { code: "still-held", title: "", detail: rest.refuse ?? "", status: 409 };
      return rest.refuse ? { ok: false, problem } : { ok: true, value: {} };
    },
  } as unknown as Engine;
}

const settle = () => new Promise((done) => setTimeout(done, 40));
async function show(screen: "record" | "conflicts" | "held", fake: Fake): Promise<void> {
  const Shown = { record: () => <RecordPage id="r" />, conflicts: ConflictsScreen, held: HeldScreen }[screen];
  render(
    <EngineContext.Provider value={fakeEngine(fake)}>
      <Shown />
    </EngineContext.Provider>,
    root,
  );
  await settle();
  await settle();
}
const text = () => root.textContent ?? "";
const button = (name: string) => [...root.querySelectorAll("button")].find((each) => nameOf(each) === name);
const nameOf = (each: Element) => (each.getAttribute("aria-label") ?? each.textContent ?? "").replace(/\u00a0.*/, "");
async function press(name: string): Promise<void> {
  button(name)?.click();
  await settle();
}

beforeAll(() => useCatalogue("en", {}));
beforeEach(() => {
  saved.length = 0;
  posted.length = 0;
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("visible");
});
afterEach(() => render(null, root));

const OFFICERS = {
  officers: [
    [3, `${LAN}.1.aaaaaaaa`],
    [4, `${MINH}.1.aaaaaaaa`],
  ],
} as const;
const USE_FOUR = "Use this value: 4";
const TORN = { conflicts: ["officers"], fields: { officers: 3 }, flags: ["conflict"] };

describe("a conflict", () => {
  it("shows every value with who said it and when, and takes the one that is chosen", async () => {
    await show("conflicts", { record: TORN, heads: OFFICERS, offline: true });
    expect(text()).toContain("Nguyễn Thị Lan at 10:00");
    expect(text()).toContain("Another device at 10:00");
    await press(USE_FOUR);
    expect(saved).toMatchObject([{ record: "r", set: { officers: 4 }, decides: ["officers"] }]);
    expect(saved[0]?.seen?.get("officers")?.siblings.map(({ value }) => value)).toEqual([4]);
  });

  it("has the names, the devices and the time of receipt when there is a network", async () => {
    const said = { author: { name: "Trần Văn Minh" }, device_name: "Máy của Minh", at_ms: NOW - 60_000, suspect: true };
    const one = { ...said, id: `${MINH}.1.aaaaaaaa`, received_ms: NOW };
    const item = { record: "r", field: "officers", heads: [{ value: 4, said: [one] }] };
    const answers = { "/api/v1/conflicts?record=r&limit=200": { items: [item], next: null } };
    await show("record", { record: TORN, heads: OFFICERS, answers });
    for (const part of ["Trần Văn Minh at 09:59", "Máy của Minh · Received 10:00"]) expect(text()).toContain(part);
    expect(text()).toContain("Device clock was wrong");
  });

  it("takes a value that nobody has said, within the limits of the field", async () => {
    await show("record", { record: TORN, heads: OFFICERS });
    const field = root.querySelector<HTMLInputElement>("#r-officers");
    if (field) field.value = "x";
    field?.form?.requestSubmit();
    await settle();
    expect(saved).toEqual([]);
    expect(root.querySelector("#r-officers-fault")?.textContent).toContain("must be a whole number");
    if (field) field.value = "5";
    field?.form?.requestSubmit();
    await settle();
    expect(saved).toMatchObject([{ set: { officers: 5 }, decides: ["officers"] }]);
  });

  it("is listed though there are many, some at once and the others on demand", async () => {
    const many = Array.from({ length: 60 }, (_, at) => ({ ...TORN, id: `r${at}` }));
    await show("conflicts", { record: TORN, many, heads: {}, offline: true });
    expect(root.querySelectorAll("article")).toHaveLength(50);
    await press("Show more");
    expect([root.querySelectorAll("article").length, button("Show more")]).toEqual([60, undefined]);
  });

  it("is shown and decided though one of its stamps is forged, and no clock that ran ahead is believed", async () => {
    const key = { effectiveMs: NOW, ms: Number.MAX_SAFE_INTEGER, count: 0, device: MINH, n: 1, tag: "aaaaaaaa" };
    const forged = { value: 4, ids: [`${MINH}.1.aaaaaaaa`], key };
    const heads = new Map([["officers", { shown: forged, siblings: [] }]]);
    const rows = headRows(heads, "officers", { people: new Map(), said: new Map() }, NOW);
    expect(rows).toMatchObject([{ sources: [{ by: "Another device at 10:00" }], isSuspect: true }]);
  });

  it("is not decided by who may not write the record", async () => {
    await show("record", { record: TORN, heads: OFFICERS, role: "leader" });
    expect(text()).toContain("Another device");
    expect(button(USE_FOUR)).toBeUndefined();
    expect(button("Correct")).toBeUndefined();
  });

  it("leaves its field out of what is corrected", () => {
    const names = correctedFields({ kind: "patrol", conflicts: ["officers"] });
    expect(names).toContain("militia");
    expect(names).not.toContain("officers");
    expect(names).not.toContain("void");
  });
});

describe("a void record", () => {
  const fields = { void: "trùng", officers: 3 };
  const heads = { void: [["trùng", `${LAN}.2.aaaaaaaa`]], ...OFFICERS } as const;

  it("says that it was edited, and is restored in one step", async () => {
    await show("conflicts", { record: { fields, flags: ["edited_while_void"] }, heads });
    expect(text()).toContain("voided while it was being edited");
    await press("Restore the record");
    expect(saved).toMatchObject([{ record: "r", set: { void: null } }]);
    expect(saved[0]?.seen?.get("void")?.shown.ids).toEqual([`${LAN}.2.aaaaaaaa`]);
  });

  it("is corrected only once it is restored", async () => {
    await show("record", { record: { fields }, heads });
    expect([button("Correct"), button("Void the record")]).toEqual([undefined, undefined]);
    await show("record", { record: { fields: { officers: 3 } }, heads: OFFICERS });
    expect(button("Correct")).toBeDefined();
  });
});

describe("held operations on the phone", () => {
  const operation = { n: 1, record: "r", kind: "patrol", set: { officers: 3 }, receivedMs: NOW };

  it("say what to do, on their record", async () => {
    const held = [{ ...operation, code: "not-granted" }];
    await show("record", { record: { state: "held", heldCodes: ["not-granted"] }, held });
    expect(text()).toContain("ask the commander for the permission");
    expect(text()).toContain("What it says");
  });

  it("name the field that is at fault", () => {
    const faulty = { kind: "patrol", set: { route: "A", officers: "three" }, code: "value-invalid" };
    expect(heldSentence(faulty)).toContain("Officers");
  });
});

describe("held operations on the desk", () => {
  const item = (name: string, more: object = {}) => ({
    ...{ id: name, device: "d", device_name: "Máy của An", n: 1, record: name, status: "held", code: "device-lost" },
    ...{ title: "", detail: "Reported lost.", author: { id: "a", name: "Đồng chí An" }, received_ms: NOW },
    ...{ operation: { kind: "patrol", set: { officers: 3 } }, may_decide: true, decision: null },
    ...more,
  });
  const listed = (...items: object[]) => ({ "/api/v1/held": { items, next: null } });

  it("are released with a reason, and not without", async () => {
    await show("held", { answers: listed(item("h1")) });
    expect(text()).toContain("Đồng chí An · Máy của An · 10:00 23/11/2026");
    await press("Release");
    expect(text()).toContain("counted from now on");
    await press("Release");
    expect(posted).toEqual([]);
    expect(text()).toContain("Write the reason first");
    const reason = root.querySelector<HTMLTextAreaElement>("#reason-h1");
    if (reason) reason.value = " máy đã tìm lại ";
    await press("Release");
    expect(posted).toEqual([["/api/v1/held/h1/release", { reason: "máy đã tìm lại" }]]);
    expect(document.activeElement?.tagName).toBe("H1");
    expect(text()).toContain("Nothing is held");
  });

  it("of one record are one thing, decided in the order in which they were made", async () => {
    const edit = { record: "h1", n: 2, operation: { kind: "patrol", set: { officers: 5 } } };
    await show("held", { answers: listed(item("h2", edit), item("h1", { n: 1 })) });
    expect(root.querySelectorAll(".cards > li")).toHaveLength(1);
    expect(root.querySelector(".cards dd")?.textContent).toContain("5");
    await press("Release");
    const reason = root.querySelector<HTMLTextAreaElement>("#reason-h1");
    if (reason) reason.value = "đúng";
    await press("Release");
    expect(posted.map(([path]) => path)).toEqual(["/api/v1/held/h1/release", "/api/v1/held/h2/release"]);
  });

  it("of one device can be decided together", async () => {
    await show("held", { answers: listed(item("h1"), item("h2"), item("h3", { device: "e" })) });
    root.querySelectorAll<HTMLButtonElement>("button.danger")[0]?.click();
    await settle();
    const reason = root.querySelector<HTMLTextAreaElement>("#reason-h1");
    if (reason) reason.value = "sai";
    root.querySelector<HTMLInputElement>("input[name=alike]")?.click();
    reason?.form?.requestSubmit();
    await settle();
    expect(posted.map(([path]) => path)).toEqual(["/api/v1/held/h1/close", "/api/v1/held/h2/close"]);
    expect(root.querySelectorAll(".cards > li")).toHaveLength(1);
  });

  it("stay, with the server's words, when they cannot be accepted", async () => {
    await show("held", { answers: listed(item("h1")), refuse: "It stays held." });
    await press("Release");
    const reason = root.querySelector<HTMLTextAreaElement>("#reason-h1");
    if (reason) reason.value = "đúng";
    await press("Release");
    expect(text()).toContain("It stays held.");
    expect(root.querySelectorAll(".cards > li")).toHaveLength(1);
  });

  it("cannot be decided by who only sees them, and show what no reader could take as text", async () => {
    await show("held", { answers: listed(item("h1", { may_decide: false, operation: '{"set":1.5}' })) });
    expect(button("Release")).toBeUndefined();
    expect(text()).toContain('{"set":1.5}');
  });
});
