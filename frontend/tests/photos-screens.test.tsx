// @vitest-environment happy-dom
/** What is said of photos where they are seen: on pages, in lists, in the feed. */
import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineContext } from "../src/components/engine-context.ts";
import { PhotoPart } from "../src/components/photo-part.tsx";
import { RecordRow } from "../src/components/record-row.tsx";
import type { Engine, ShownRecord } from "../src/engine/contract.ts";
import type { PhotoView } from "../src/photos/contract.ts";
import { type FeedItem, Item } from "../src/screens/feed/item.tsx";
import { fillTyped, readTyped } from "../src/screens/forms/typed.ts";
import { OnlinePhotos, takesPhotos } from "../src/screens/record/photos.tsx";
import type { WireRecord } from "../src/screens/wire.ts";

const NOW = Date.UTC(2026, 10, 23, 3);
const root = document.createElement("div");
document.body.append(root);
globalThis.URL.createObjectURL = () => "blob:picture";
globalThis.URL.revokeObjectURL = () => undefined;

function view(id: string, state: PhotoView["state"], given: Partial<PhotoView> = {}): PhotoView {
  const size = { bytes: 300_000, sentBytes: 0, sha256: id };
  return { id, state, code: null, ...size, takenMs: NOW, caption: null, isLoose: state === "draft", ...given };
}

function engineWith(photos: readonly PhotoView[], byRecord = new Map<string, { done: number; total: number }>()) {
  const status = { phase: "working", problem: null, nextTryMs: null, sending: null, byRecord };
  const missing = { ok: false, problem: { code: "not-found", title: "", detail: "", status: 404 } };
  const found = { ok: true, value: new Blob() };
  const part = {
    list: async () => photos,
    dropLoose: async () => undefined,
    picture: async ({ sha256 }: { sha256: string }) => (sha256 === "absent" ? missing : found),
  };
  const engine = {
    status: signal({ offline: false }),
    revision: signal(0),
    photoStatus: signal(status),
    photos: async () => part,
  };
  return engine as unknown as Engine;
}

async function show(engine: Engine, what: preact.ComponentChild): Promise<void> {
  render(<EngineContext.Provider value={engine}>{what}</EngineContext.Provider>, root);
  await vi.waitFor(() => new Promise((done) => setTimeout(done, 60)));
}

const settle = () => new Promise((done) => setTimeout(done, 60));
const text = () => root.textContent ?? "";
const buttons = () => [...root.querySelectorAll("button.photo")];
const to = { record: "r", partition: "u" };

afterEach(() => render(null, root));

describe("the photos of a record", () => {
  it("say how many have come, until all have", async () => {
    const some = [view("a", "received"), view("b", "refused"), view("c", "received")];
    await show(engineWith(some), <PhotoPart to={to} mayAdd={false} />);
    expect(text()).toContain("Photos 2 of 3");
    render(null, root);
    await show(engineWith([view("a", "received")]), <PhotoPart to={to} mayAdd={false} />);
    expect(text()).not.toContain("of 1");
  });

  it("have a name for those who do not see them", async () => {
    const photos = [view("a", "received"), view("b", "received", { caption: "Hội trường" })];
    await show(engineWith(photos), <PhotoPart to={to} mayAdd={false} />);
    const names = [...root.querySelectorAll("img")].map((image) => image.alt);
    expect(names).toEqual(["Photo taken at 10:00 23/11/2026", "Hội trường"]);
  });

  it("offer the camera and the gallery, several at once, and nothing where one may not add", async () => {
    await show(engineWith([]), <PhotoPart to={to} mayAdd />);
    const inputs = [...root.querySelectorAll("input")].map((input) => [input.accept, input.multiple]);
    expect(inputs).toEqual([
      ["image/jpeg,image/*", false],
      ["image/jpeg,image/*", true],
    ]);
    expect(root.querySelector("[capture]")?.getAttribute("capture")).toBe("environment");
    expect(text()).toContain("Do not photograph residents' faces");
    render(null, root);
    await show(engineWith([]), <PhotoPart to={to} mayAdd={false} />);
    expect(text()).toBe("");
  });

  it("tell the form how many it has, so that they are saved with it", async () => {
    await show(engineWith([view("a", "draft")]), <PhotoPart to={to} isNew mayAdd />);
    expect(root.querySelector<HTMLInputElement>("input[name=photos]")?.value).toBe("1");
    render(null, root);
    await show(engineWith([view("a", "waiting")]), <PhotoPart to={to} mayAdd />);
    expect(root.querySelector("input[name=photos]")).toBeNull();
  });

  it("of somebody else say when the server has not got them", async () => {
    const photos = [
      { id: "a", sha256: "here", received: true },
      { id: "b", sha256: "absent", received: false },
    ];
    const record = { id: "r", kind: "patrol", partition: "u", photos } as unknown as WireRecord;
    await show(engineWith([]), <OnlinePhotos record={record} />);
    expect(text()).toContain("Photos 1 of 2");
    expect(buttons().map((button) => button.textContent?.includes("Not yet received"))).toEqual([false, true]);
  });

  it("belong to activities, but not to the most sensitive one", () => {
    const kinds = ["patrol", "incident", "outreach", "meeting", "support", "photo", "leaflet"];
    expect(kinds.filter(takesPhotos)).toEqual(["patrol", "incident", "outreach", "meeting"]);
  });
});

describe("a photo that is removed", () => {
  it("leaves the focus near where it was: the button that opened it goes with it", async () => {
    const engine = engineWith([view("a", "draft")]);
    await show(engine, <PhotoPart to={to} isNew mayAdd />);
    (buttons()[0] as HTMLButtonElement).click();
    await settle();
    const remove = [...root.querySelectorAll("dialog button")].find((each) => each.textContent?.includes("Remove"));
    (remove as HTMLButtonElement).click();
    await settle();
    expect(root.querySelector("dialog")).toBeNull();
    expect(document.activeElement?.tagName).toBe("H2");
  });
});

describe("photos in lists", () => {
  it("are counted beside the record's own state (P23)", async () => {
    const known = { id: "r", kind: "patrol", fields: {}, conflicts: [], createdMs: NOW, state: "received" };
    const record = known as unknown as ShownRecord;
    const engine = engineWith([], new Map([["r", { done: 2, total: 3 }]]));
    await show(engine, <RecordRow record={record} areas={[]} nowMs={NOW} />);
    expect(text()).toContain("Received by the server");
    expect(text()).toContain("Photos 2 of 3");
  });

  it("are counted in the feed, as they come", async () => {
    const photo = (id: string, received: boolean) => ({ id, sha256: id, received });
    const item = (photos: readonly object[]) =>
      ({
        ...{ id: "r", kind: "patrol", fields: {}, flags: [], review: null, photos },
        created: { by: { id: "u", name: "Lan" }, received_ms: NOW },
      }) as unknown as FeedItem;
    await show(engineWith([]), <Item item={item([photo("a", true), photo("b", false)])} nowMs={NOW} />);
    expect(text()).toContain("Photos 1 of 2");
    await show(engineWith([]), <Item item={item([photo("a", true), photo("b", true)])} nowMs={NOW} />);
    expect(text()).toContain("Photos: 2");
    await show(engineWith([]), <Item item={item([])} nowMs={NOW} />);
    expect(text()).not.toContain("Photos");
  });
});

describe("what was typed", () => {
  const formOf = (html: string) => {
    const form = document.createElement("form");
    form.innerHTML = html;
    return form;
  };
  const HTML = `<input name="route" value=""><textarea name="note"></textarea>
    <select name="place"><option value="a">A</option><option value="b">B</option></select>
    <input type="checkbox" name="topics" value="drugs"><input type="checkbox" name="topics" value="event">
    <input type="radio" name="type" value="x" checked><input type="radio" name="type" value="y">
    <input type="hidden" name="photos" value="2"><input type="file">`;

  it("comes back as it was, choices too, and a component that remembers one hears of it", () => {
    const before = formOf(HTML);
    const set = (selector: string, change: (control: HTMLInputElement) => void) => {
      const control = before.querySelector<HTMLInputElement>(selector);
      if (control) change(control);
    };
    for (const [selector, value] of [
      ["[name=route]", "Tuyến 1"],
      ["[name=note]", "Ghi chú"],
      ["[name=place]", "b"],
    ] as const)
      set(selector, (control) => {
        control.value = value;
      });
    for (const value of ["event", "y"])
      set(`[value=${value}]`, (control) => {
        control.checked = true;
      });
    const after = formOf(HTML);
    const heard: string[] = [];
    after.addEventListener("change", (event) => heard.push((event.target as HTMLSelectElement).name));
    const typed = readTyped(before);
    expect(typed.map(([name]) => name)).not.toContain("photos");
    fillTyped(after, typed);
    expect(readTyped(after)).toEqual(typed);
    expect(heard).toEqual(["place"]);
  });
});
