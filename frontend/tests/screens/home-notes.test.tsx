// @vitest-environment happy-dom
/** What the home screen says beside the start button: a newer version, what came back, a disk that is nearly full. */
import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, expect, it, vi } from "vitest";
import { CameBack } from "../../src/components/came-back.tsx";
import { EngineContext } from "../../src/components/engine-context.ts";
import { UpdateOffer } from "../../src/components/update-offer.tsx";
import type { Engine } from "../../src/engine/contract.ts";

const root = document.body.appendChild(document.createElement("main"));
const MEBIBYTE = 1024 * 1024;

interface Parts {
  readonly updateReady?: boolean;
  readonly heldRecords?: number;
  readonly undecided?: () => Promise<readonly unknown[]>;
  readonly freeBytes?: number;
  readonly openPatrol?: () => Promise<unknown>;
}

const applyUpdate = vi.fn();

function engineOf({ updateReady = true, heldRecords = 0, freeBytes = 900 * MEBIBYTE, ...parts }: Parts): Engine {
  const undecided = parts.undecided ?? (async () => []);
  return {
    status: signal({ updateReady, heldRecords }),
    revision: signal(0),
    storage: async () => ({ usedBytes: 100, quotaBytes: 100 + freeBytes, persisted: true }),
    decisions: async () => ({ undecided }),
    openPatrol: parts.openPatrol ?? (async () => null),
    applyUpdate,
  } as unknown as Engine;
}

async function shown(part: "offer" | "back", parts: Parts): Promise<string> {
  render(null, root);
  const Part = part === "offer" ? UpdateOffer : CameBack;
  render(
    <EngineContext.Provider value={engineOf(parts)}>
      <Part />
    </EngineContext.Provider>,
    root,
  );
  await new Promise((done) => setTimeout(done, 20));
  return root.textContent ?? "";
}

afterEach(() => render(null, root));

it("offers a newer version, which somebody takes by a tap", async () => {
  expect(await shown("offer", { updateReady: false })).toBe("");
  expect(await shown("offer", {})).toContain("Nothing on this device is lost");
  root.querySelector("button")?.click();
  expect(applyUpdate).toHaveBeenCalledOnce();
});

it("puts it off while a patrol is under way, or while nobody can tell", async () => {
  for (const openPatrol of [async () => ({}), () => Promise.reject(new Error("locked"))]) {
    expect(await shown("offer", { openPatrol })).toContain("when the patrol is over");
    expect(root.querySelector("button")).toBeNull();
  }
});

it("counts what the server holds and what is to be decided, and leads there", async () => {
  expect(await shown("back", {})).toBe("");
  expect(await shown("back", { heldRecords: 2, undecided: async () => [1] })).toBe("Needs attention: 3");
  expect(root.querySelector("a")?.getAttribute("href")).toBe("/sync");
  expect(await shown("back", { heldRecords: 1, undecided: () => Promise.reject(new Error("locked")) })).toContain("1");
});

it("says when the disk is nearly full", async () => {
  expect(await shown("back", { freeBytes: 40 * MEBIBYTE })).toContain("nearly full");
});
