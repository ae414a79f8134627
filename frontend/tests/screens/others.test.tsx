// @vitest-environment happy-dom
/** Who else is on this phone, as it is told: on the sign-in screen, on a locked phone and where the user is switched. */
import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, expect, it, vi } from "vitest";
import type { Engine, OtherUser, Session } from "../../src/engine/contract.ts";
import { NO_LOCK } from "../../src/engine/live.ts";
import { App } from "../../src/screens/app.tsx";
import { navigate } from "../../src/screens/router.ts";

const root = document.body.appendChild(document.createElement("main"));
const user: Session["user"] = { id: "u", username: "lan", name: "Lan", role: "officer", areas: [] };
const session: Session = { user, device: { id: "d", name: "?", state: "active" } };
const MINH: OtherUser = { device: "m", username: "minh", name: "Minh", waitingRecords: 2, hasLock: true };
const TAM: OtherUser = { device: "t", username: "tam", name: "Tâm", waitingRecords: 0, hasLock: false };
let switched: string[] = [];

function engineOf(
  present: Session | null,
  list: () => Promise<readonly OtherUser[]> = async () => [MINH, TAM],
): Engine {
  const others = { list, switchTo: async (device: string) => switched.push(device) > 0 };
  return {
    session: signal(present),
    status: signal({ phase: "idle", waitingRecords: 0 }),
    partitions: signal([]),
    revision: signal(0),
    lock: signal({ ...NO_LOCK, isPossible: true }),
    photoStatus: signal({ byRecord: new Map() }),
    language: signal("vi"),
    nowMs: () => 0,
    hasOthers: async () => true,
    others: async () => others,
    openPatrol: async () => null,
    list: async () => [],
    areas: async () => [],
    drafts: async () => ({ list: async () => [] }),
    get: async () => ({ ok: false, problem: { code: "no-connection", title: "", detail: "", status: 0 } }),
  } as unknown as Engine;
}

async function show(path: string, engine: Engine): Promise<void> {
  history.replaceState(null, "", path);
  render(<App engine={engine} />, root);
  navigate(path);
  await vi.waitFor(() => expect(root.querySelector("h1")?.textContent).toBeTruthy());
}

const button = (text: string) => [...root.querySelectorAll("button")].find((each) => each.textContent?.includes(text));

afterEach(() => {
  render(null, root);
  switched = [];
});

it("lists everybody with what waits of them, and says who must sign in", async () => {
  await show("/users", engineOf(session));
  await vi.waitFor(() => expect(button("Minh")?.textContent).toContain("Chờ gửi: 2"));
  expect(button("Tâm")?.textContent).toContain("Cần có mạng và mật khẩu");
  expect(root.textContent).toContain("Lan chưa đặt khóa trên máy này");
});

it("goes on as whoever has a lock, and asks the others for their password under their name", async () => {
  await show("/users", engineOf(session));
  await vi.waitFor(() => expect(button("Minh")).toBeDefined());
  button("Minh")?.click();
  await vi.waitFor(() => expect([switched, location.pathname]).toEqual([["m"], "/"]));
  render(null, root);
  await show("/users", engineOf(session));
  await vi.waitFor(() => expect(button("Tâm")).toBeDefined());
  button("Tâm")?.click();
  await vi.waitFor(() => expect(root.querySelector<HTMLInputElement>("[name=username]")?.value).toBe("tam"));
  expect(switched).toEqual(["m"]);
});

it("stands on the sign-in screen, too, and says nothing where nobody else is here or it cannot be told", async () => {
  await show("/", engineOf(null));
  await vi.waitFor(() => expect(button("Minh")).toBeDefined());
  for (const list of [async () => [], () => Promise.reject(new Error("no disk"))]) {
    render(null, root);
    await show("/", engineOf(null, list));
    await new Promise((done) => setTimeout(done, 20));
    expect([root.querySelector("h1")?.textContent, root.querySelector(".people") !== null]).toEqual(["Sign in", false]);
  }
});
