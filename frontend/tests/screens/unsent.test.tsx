// @vitest-environment happy-dom
/** What people can do about what is unsent: leave, export, bring another device's file. */
import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { EngineContext } from "../../src/components/engine-context.ts";
import type { Engine, Outcome, SealedFile, ShownRecord } from "../../src/engine/contract.ts";
import { useCatalogue } from "../../src/i18n/index.ts";
import { More } from "../../src/screens/more.tsx";
import { Sync } from "../../src/screens/sync.tsx";

const root = document.createElement("div");
document.body.append(root);
const downloads: string[] = [];
const posted: [string, unknown, string | undefined][] = [];
const problem = (code: string) => ({ ok: false, problem: { code, title: "", detail: "", status: 0 } }) as const;

beforeAll(() => {
  useCatalogue("en", {});
  globalThis.URL.createObjectURL = () => "blob:file";
  globalThis.URL.revokeObjectURL = () => undefined;
});
beforeEach(() => {
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    downloads.push(this.download);
  });
});
afterEach(() => {
  render(null, root);
  downloads.length = 0;
  posted.length = 0;
  vi.restoreAllMocks();
});

interface Fake {
  readonly status?: object;
  readonly files?: Outcome<SealedFile>[];
  readonly brought?: Outcome<unknown>;
  readonly unsent?: readonly Partial<ShownRecord>[];
}

const asked: number[] = [];

function engineWith({ status = {}, files = [], brought = problem("no-connection"), unsent = [] }: Fake): Engine {
  asked.length = 0;
  const counts = {
    waitingRecords: 0,
    heldRecords: 0,
    waitingPhotos: 0,
    refusedPhotos: 0,
    draftPhotos: 0,
    draftForms: 0,
  };
  const known = { phase: "idle", offline: true, problem: null, nextTryMs: null, lastSuccessMs: null, ...counts };
  return {
    session: signal({ user: { id: "me", name: "Tôi", username: "toi", role: "officer", areas: [] } }),
    status: signal({ ...known, firstLoadRecords: null, clockOffsetMs: 0, ...status }),
    photoStatus: signal({ byRecord: new Map(), sending: null, problem: null, nextTryMs: null }),
    ...{ partitions: signal([]), revision: signal(0), language: signal("en"), nowMs: () => 0 },
    ...{ areas: async () => [], list: async () => [], storage: async () => null, get: async () => problem("x") },
    decisions: async () => ({ unsent: async () => unsent, held: async () => [], undecided: async () => [] }),
    photos: async () => ({ totals: async () => null }),
    signOut: async () => problem("unsent-remain"),
    exportUnsent: async (afterN: number) => {
      asked.push(afterN);
      return files.shift() ?? problem("sealing-unavailable");
    },
    post: async (path: string, body: unknown, contentType?: string) => {
      posted.push([path, body, contentType]);
      return brought;
    },
  } as unknown as Engine;
}

const settle = () => new Promise((done) => setTimeout(done, 40));
const text = () => root.textContent ?? "";

async function show(Screen: () => preact.JSX.Element, fake: Fake): Promise<void> {
  render(
    <EngineContext.Provider value={engineWith(fake)}>
      <Screen />
    </EngineContext.Provider>,
    root,
  );
  await settle();
  await settle();
}

async function press(name: string): Promise<void> {
  [...root.querySelectorAll("button")].find((each) => each.textContent === name)?.click();
  await settle();
}

const file = (n: number, left: number): Outcome<SealedFile> => {
  const sealed = { name: `diaban-${n}.txt`, bytes: new ArrayBuffer(3), operations: n, lastN: n, left };
  return { ok: true, value: sealed };
};

describe("signing out", () => {
  const sentence = async (status: object) => {
    await show(More, { status });
    await press("Sign out");
    return root.querySelector("[role=alert]")?.textContent ?? "";
  };

  it("counts what is unsent by its kind, and names none that is not there", async () => {
    const records = await sentence({ waitingRecords: 2 });
    expect([records.includes("2 records are unsent"), records.includes("photos")]).toEqual([true, false]);
    const photos = await sentence({ waitingPhotos: 1, refusedPhotos: 1, draftPhotos: 1 });
    expect([photos.includes("records"), photos.includes("3 photos are here alone")]).toEqual([false, true]);
    const both = await sentence({ waitingRecords: 1, waitingPhotos: 4 });
    for (const part of ["1 records are unsent", "4 photos are here alone"]) expect(both).toContain(part);
  });
});

describe("the way out of a device that cannot send", () => {
  const EXPORT = "Export unsent records to a file";

  it("is a file, and another where one is not enough", async () => {
    await show(Sync, { files: [file(7, 2), file(2, 0)] });
    await press(EXPORT);
    expect(text()).toContain("Written to diaban-7.txt: 7 entries");
    expect(text()).toContain("2 entries are left");
    await press("Export the next file");
    expect([asked, downloads]).toEqual([
      [0, 7],
      ["diaban-7.txt", "diaban-2.txt"],
    ]);
    expect(text()).not.toContain("are left");
  });

  it("says when there is nothing to export, and why it cannot be done", async () => {
    await show(Sync, { files: [file(0, 0)] });
    await press(EXPORT);
    expect([text().includes("nothing to export"), downloads]).toEqual([true, []]);
    await press(EXPORT);
    expect(root.querySelector("[role=alert]")?.textContent).toContain("sign in");
  });

  it("is brought from another device, and what the server says of it is told", async () => {
    const receipts = [{ status: "accepted" }, { status: "accepted" }, { status: "held" }];
    await show(Sync, { brought: { ok: true, value: { device: "d", receipts } } });
    const input = root.querySelector<HTMLInputElement>("#sealed");
    if (!input) throw new Error("no place for a file");
    Object.defineProperty(input, "files", { value: [new File(["{}"], "a.txt")] });
    input.dispatchEvent(new Event("change", { bubbles: true }));
    await settle();
    expect(text()).toContain("2 entries received, 1 held");
    expect(posted).toMatchObject([["/api/v1/sealed", {}, "application/vnd.diaban.sealed+json"]]);
  });
});

describe("the batch on its way", () => {
  it("counts what is in it, not all that waits", async () => {
    const record = (id: string, state: string) =>
      ({ id, kind: "patrol", fields: {}, conflicts: [], createdMs: 0, state }) as unknown as ShownRecord;
    const unsent = [record("a", "sending"), record("b", "waiting"), record("c", "waiting")];
    await show(Sync, { status: { phase: "sending", waitingRecords: 3 }, unsent });
    const facts = [...root.querySelectorAll("dl.facts > div")].map((each) => each.textContent);
    expect(facts).toContain("In the batch on its way1");
    expect(facts).toContain("Not yet sent3");
  });
});
