// @vitest-environment happy-dom
import { type Signal, signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Change, Engine, ShownRecord } from "../../src/engine/contract.ts";
import { useCatalogue } from "../../src/i18n/index.ts";
import { App } from "../../src/screens/app.tsx";
import { navigate } from "../../src/screens/router.ts";

// As the sources have it: what is fetched later comes in the same language.
useCatalogue("en", {});

const NOW = Date.UTC(2026, 10, 23, 3);
const USER = { id: "me", username: "canbo", name: "Nguyễn Văn Cán", role: "officer", areas: [] } as const;
const root = document.createElement("div");
document.body.append(root);
globalThis.scrollTo = () => {};

interface Fake {
  readonly engine: Engine;
  readonly saved: Change[];
}

function fakeEngine(isSignedIn: boolean, patrol: ShownRecord | null = null): Fake {
  const saved: Change[] = [];
  const session = signal(isSignedIn ? { user: USER, device: { id: "d", name: "x", state: "active" } } : null);
  const status = { phase: "idle", offline: true, waitingRecords: 0, heldRecords: 0, lastSuccessMs: null };
  const engine = {
    session,
    status: signal({ ...status, nextTryMs: null, problem: null, firstLoadRecords: null }),
    partitions: signal([{ id: "unit", code: "1", name: "Phường Cái Khế", access: "write" }]),
    revision: signal(0),
    lock: signal({ isPossible: false, isSet: false, isLocked: false, isPutOff: false, isGivenUp: false, ways: [] }),
    photoStatus: signal({ phase: "resting", problem: null, nextTryMs: null, sending: null, byRecord: new Map() }),
    language: signal("vi"),
    newId: () => "new",
    nowMs: () => NOW,
    signIn: async () => ({ ok: false, problem: { code: "credentials-wrong", title: "", detail: "", status: 401 } }),
    save: async (changes: Change[]) => {
      saved.push(...changes);
      return { ok: true, value: null };
    },
    openPatrol: async () => patrol,
    hasOthers: async () => true,
    others: async () => ({ list: async () => [], switchTo: async () => false }),
    areas: async () => [],
    list: async () => [],
    children: async () => [],
    record: async () => null,
    decisions: async () => ({
      held: async () => [],
      undecided: async () => [],
      unsent: async () => [],
      heads: async () => ({ fields: new Map(), people: new Map(), isOnServer: false }),
    }),
    storage: async () => ({ usedBytes: null, quotaBytes: null, persisted: null }),
    photos: async () => ({ list: async () => [] }),
    drafts: async () => ({ read: async () => null, list: async () => [], keep: async () => undefined }),
    get: async () => ({ ok: false, problem: { code: "no-internet", title: "", detail: "", status: 0 } }),
  };
  return { engine: engine as unknown as Engine, saved };
}

async function show(path: string, fake: Fake): Promise<void> {
  history.replaceState(null, "", path);
  render(<App engine={fake.engine} />, root);
  await settle();
  navigate(path);
  await settle();
}

const settle = () => vi.waitFor(() => new Promise((done) => setTimeout(done, 60)));
const text = () => root.textContent ?? "";
const button = (name: string) => [...root.querySelectorAll("button")].find((each) => each.textContent === name);

afterEach(() => render(null, root));

describe("signing in", () => {
  it("names what is missing and moves the focus to it", async () => {
    await show("/", fakeEngine(false));
    button("Sign in")?.click();
    await settle();
    expect(text()).toContain("Enter “Username”");
    expect(document.activeElement?.getAttribute("role")).toBe("alert");
  });

  it("puts the catalogue's sentence beside the field", async () => {
    await show("/", fakeEngine(false));
    for (const name of ["username", "password"]) (root.querySelector(`#${name}`) as HTMLInputElement).value = "x";
    button("Sign in")?.click();
    await settle();
    expect(root.querySelector("#username-fault")?.textContent).toContain("Username or password is wrong");
  });

  it("leaves what is typed where it is when a lost session comes back meanwhile", async () => {
    const { engine } = fakeEngine(false);
    await show("/sign-in", { engine, saved: [] });
    const password = root.querySelector("#password") as HTMLInputElement;
    password.value = "half of i";
    (engine.session as Signal<Engine["session"]["value"]>).value = fakeEngine(true).engine.session.value;
    await settle();
    expect(root.querySelector("#password")).toBe(password);
    expect(password.value).toBe("half of i");
  });
});

describe("the screens", () => {
  it("start a patrol with one tap and say that it is saved", async () => {
    const fake = fakeEngine(true);
    await show("/", fake);
    await vi.waitFor(() => expect(button("Start patrol")).toBeDefined());
    button("Start patrol")?.click();
    await settle();
    expect(fake.saved.map(({ kind, partition }) => [kind, partition])).toEqual([["patrol", "unit"]]);
    expect(text()).toContain("Saved on this device");
    navigate("/list");
    await settle();
    expect(text()).not.toContain("Saved on this device");
  });

  it("offer the end while a patrol is open", async () => {
    const fields = { started_at: NOW - 60_000 };
    await show("/", fakeEngine(true, { id: "p", kind: "patrol", fields } as unknown as ShownRecord));
    expect(button("End patrol")).toBeDefined();
    expect(root.querySelector("[role=timer]")?.textContent).toBe("0:01:00");
  });

  it("take a tap on the end for a tap, and only what is held down for an end", async () => {
    const fields = { started_at: NOW - 60_000 };
    const fake = fakeEngine(true, { id: "p", kind: "patrol", partition: "unit", fields } as unknown as ShownRecord);
    const point = (name: string) => button("End patrol")?.dispatchEvent(new Event(name, { bubbles: true }));
    const afterASecond = () => new Promise((done) => setTimeout(done, 1_200));
    await show("/", fake);
    // The finger is gone before the code for it has come.
    point("pointerdown");
    point("pointerup");
    await afterASecond();
    expect(fake.saved).toEqual([]);
    point("pointerdown");
    await afterASecond();
    expect(fake.saved.map(({ set }) => set)).toEqual([{ ended_at: NOW }]);
  });
});

describe("the other screens", () => {
  it("save an outreach session as it opens, and go home", async () => {
    const fake = fakeEngine(true);
    await show("/record/outreach", fake);
    // A lazy screen brings its own words, those of the language that the phone speaks.
    await vi.waitFor(() => expect(button("Lưu") ?? button("Save")).toBeDefined());
    (button("Lưu") ?? button("Save"))?.click();
    await settle();
    expect(fake.saved.map(({ set }) => set)).toEqual([{ started_at: NOW, place: "unit", sessions: 1 }]);
    expect(location.pathname).toBe("/");
    expect(text()).toMatch(/Saved on this device|Đã lưu trên máy/);
  });

  it("take title and focus along on a move", async () => {
    await show("/list", fakeEngine(true));
    navigate("/sync");
    // A lazy screen brings its own words, those of the language that the phone speaks.
    await vi.waitFor(() => expect(document.title).toMatch(/^Data sync/));
    expect(document.activeElement?.tagName).toBe("H1");
  });

  it("say so when an address leads nowhere or is not for this role", async () => {
    for (const path of ["/nowhere", "/areas", "/__proto__"]) {
      await show(path, fakeEngine(true));
      expect(root.querySelector("h1")?.textContent).toBe(path === "/areas" ? "Not allowed" : "Not found");
    }
  });

  it("leave the others within reach when one of them fails", async () => {
    const fake = fakeEngine(true);
    const engine = { ...fake.engine, openPatrol: async () => ({ fields: null }) } as unknown as Engine;
    await show("/", { ...fake, engine });
    expect(text()).toContain("Something went wrong (TypeError)");
    navigate("/record");
    await settle();
    await vi.waitFor(() => expect(root.querySelector("h1")?.textContent).toMatch(/Record|Ghi nhận/));
  });

  it("take an address that is no text for a record that is not here", async () => {
    await show("/records/%", fakeEngine(true));
    await vi.waitFor(() => expect(root.querySelector("h1")).not.toBeNull());
  });

  it("refuse by address what a role does not do", async () => {
    const fake = fakeEngine(true);
    const leader = signal({ user: { ...USER, role: "leader" }, device: { id: "d", name: "x", state: "active" } });
    for (const path of ["/record", "/record/meeting", "/patrol/end"]) {
      await show(path, { ...fake, engine: { ...fake.engine, session: leader } as unknown as Engine });
      expect(text()).toContain("The role of this account does not allow this");
    }
  });

  it("set no style attribute: the page's policy would refuse it", async () => {
    for (const path of ["/", "/record/meeting", "/more"]) {
      await show(path, fakeEngine(true));
      expect(root.querySelector("[style]")).toBeNull();
    }
  });
});

describe("the forms", () => {
  it("keep the results form when the patrol ends elsewhere", async () => {
    let open = { id: "p", kind: "patrol", partition: "unit", fields: { started_at: NOW - 60_000 } } as unknown;
    const fake = fakeEngine(true);
    const engine = { ...fake.engine, openPatrol: async () => open } as Engine;
    await show("/patrol/end", { ...fake, engine });
    const route = root.querySelector("#route") as HTMLInputElement;
    route.value = "Tuyến 1";
    open = null;
    (engine.revision as Signal<number>).value += 1;
    await settle();
    expect((root.querySelector("#route") as HTMLInputElement | null)?.value).toBe("Tuyến 1");
    button("Save")?.click();
    await settle();
    await vi.waitFor(() => expect(fake.saved).toMatchObject([{ record: "p", set: { route: "Tuyến 1" } }]));
  });

  it("do not save a form on Enter", async () => {
    await show("/record/outreach", fakeEngine(true));
    const enter = () => new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
    expect(root.querySelector("#attendance")?.dispatchEvent(enter())).toBe(false);
    expect(root.querySelector("textarea")?.dispatchEvent(enter())).toBe(true);
    await show("/", fakeEngine(false));
    expect(root.querySelector("#username")?.dispatchEvent(enter())).toBe(true);
  });

  it("pick the only area that matches on Enter", async () => {
    const fake = fakeEngine(true);
    const areas = Array.from({ length: 14 }, (_, at) => ({
      ...{ id: `a${at}`, code: null, kind: "hamlet", parent: "unit" },
      ...{ name: `Khu vực ${at + 10}`, full_name: `Khu vực ${at + 10}` },
    }));
    await show("/record/outreach", { ...fake, engine: { ...fake.engine, areas: async () => areas } as Engine });
    const search = root.querySelector("#place-search") as HTMLInputElement;
    const place = () => (root.querySelector("#place") as HTMLSelectElement).value;
    const enter = async (text: string) => {
      search.value = text;
      search.dispatchEvent(new Event("input", { bubbles: true }));
      await settle();
      search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
      await settle();
    };
    await enter("khu vuc");
    expect(place()).toBe("unit");
    await enter("khu vuc 13");
    await vi.waitFor(() => expect([place(), fake.saved]).toEqual(["a3", []]));
  });
});
