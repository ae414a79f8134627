// @vitest-environment happy-dom
/** The tour: three cards beside the start button, once, and whenever somebody wants them again. */
import "fake-indexeddb/auto";
import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineContext } from "../../src/components/engine-context.ts";
import { FirstTour } from "../../src/components/tour/first-tour.tsx";
import type { Engine } from "../../src/engine/contract.ts";
import { makeLive } from "../../src/engine/live.ts";
import { seeing } from "../../src/engine/seen.ts";
import { useCatalogue } from "../../src/i18n/index.ts";
import { Tour } from "../../src/screens/help/tour.tsx";
import { openSessionStore } from "../../src/store/session-store.ts";

useCatalogue("en", {});
globalThis.scrollTo = () => undefined;
const root = document.createElement("div");
document.body.append(root);
afterEach(() => render(null, root));

const sessions = openSessionStore();

/** On the real session store: what was seen is asked of it. */
function phoneOf(user: string): Engine {
  const live = makeLive("en");
  live.session.value = { user: { id: user } } as Engine["session"]["value"];
  return { session: live.session, language: signal("en"), ...seeing(sessions, live) } as unknown as Engine;
}

function open(user: string): void {
  render(null, root);
  render(
    <EngineContext.Provider value={phoneOf(user)}>
      <h1 tabIndex={-1}>Home</h1>
      <FirstTour />
      <button type="button">Start patrol</button>
    </EngineContext.Provider>,
    root,
  );
}

const settle = () => new Promise((done) => setTimeout(done, 50));
const title = () => root.querySelector("h2")?.textContent;
const card = () => root.querySelector("section");
const press = (name: string) => [...root.querySelectorAll("button")].find((each) => each.textContent === name)?.click();
const first = () => vi.waitFor(() => expect(title()).toBe("Recording needs no network"));

describe("the tour", () => {
  it("leads through three cards, and never comes again", async () => {
    open("reader");
    await first();
    press("Next");
    await vi.waitFor(() => expect(title()).toBe("Sending goes by itself"));
    expect(root.querySelectorAll(".mark").length).toBe(3);
    press("Next");
    await vi.waitFor(() => expect(title()).toBe("No residents' data, and a lock"));
    press("Understood");
    await vi.waitFor(() => expect(card()).toBeNull());
    await settle();
    open("reader");
    await settle();
    expect(card()).toBeNull();
  });

  it("is skipped with one tap, and then counts as seen by this person alone", async () => {
    open("skipper");
    await first();
    press("Skip");
    await settle();
    open("skipper");
    await settle();
    expect(card()).toBeNull();
    open("another on the same phone");
    await first();
  });

  it("takes no focus as it comes, follows its own steps, and gives the focus to the screen as it goes", async () => {
    open("walker");
    const start = root.querySelector("button:last-of-type") as HTMLButtonElement;
    start.focus();
    await first();
    expect(document.activeElement?.textContent).toBe("Start patrol");
    press("Next");
    await vi.waitFor(() => expect(document.activeElement?.textContent).toBe("Sending goes by itself"));
    press("Skip");
    await vi.waitFor(() => expect(document.activeElement?.tagName).toBe("H1"));
  });

  it("leaves the start button where it is", async () => {
    open("starter");
    await first();
    expect([...root.querySelectorAll("button")].some((each) => each.textContent === "Start patrol")).toBe(true);
  });

  it("says nothing where nobody can tell whether it was seen", async () => {
    const engine = { ...phoneOf("x"), hasSeen: () => Promise.reject(new Error("no store")) } as unknown as Engine;
    render(
      <EngineContext.Provider value={engine}>
        <FirstTour />
      </EngineContext.Provider>,
      root,
    );
    await settle();
    expect(card()).toBeNull();
  });

  it("can be read again", async () => {
    render(
      <EngineContext.Provider value={phoneOf("reader")}>
        <Tour />
      </EngineContext.Provider>,
      root,
    );
    await first();
    press("Skip");
    await vi.waitFor(() => expect(location.pathname).toBe("/help"));
  });
});
