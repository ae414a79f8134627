// @vitest-environment happy-dom
/** Every screen has its page of help, one tap away, and nothing that was typed is left behind. */
import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineContext } from "../../src/components/engine-context.ts";
import { pageName } from "../../src/components/help/page-name.ts";
import { pageOf } from "../../src/components/help/pages.ts";
import { Screen } from "../../src/components/screen.tsx";
import type { Engine } from "../../src/engine/contract.ts";
import { useCatalogue } from "../../src/i18n/index.ts";
import { SCREENS } from "../../src/screens/app.tsx";
import { Help } from "../../src/screens/help/help.tsx";
import { SPECS } from "../../src/screens/recording/specs.ts";

useCatalogue("en", {});
const root = document.createElement("div");
document.body.append(root);
afterEach(() => render(null, root));

/** Help needs no help. */
const HELP = new Set(["/help", "/tour"]);
const NAMES = [
  ...Object.keys(SCREENS).filter((path) => !HELP.has(path)),
  ...SPECS.map(({ kind }) => `/record/${kind}`),
  "/records/019a0000-0000-7000-8000-000000000001",
].map(pageName);

function withoutHelp(names: readonly string[]): readonly string[] {
  return names.filter((name) => (pageOf(name)?.steps().length ?? 0) === 0);
}

const engine = { session: signal({}), language: signal("en") } as unknown as Engine;
const show = (screen: preact.ComponentChild) =>
  render(<EngineContext.Provider value={engine}>{screen}</EngineContext.Provider>, root);
const button = () => root.querySelector(".heading button") as HTMLButtonElement;

describe("help", () => {
  it("has a page for every screen, and a screen without one is found", () => {
    expect(withoutHelp([...NAMES, "unlock", "not-found", "no-store"])).toEqual([]);
    expect(withoutHelp([...NAMES, pageName("/new-screen")])).toEqual(["new-screen"]);
  });

  it("says what to do in short sentences", () => {
    const long = NAMES.flatMap((name) => pageOf(name)?.steps() ?? []).filter((step) => step.length > 140);
    expect(long).toEqual([]);
  });

  it("opens in place with one tap, and closes with the next", async () => {
    show(
      <Screen title="Leaflets" help="record/handout">
        <input id="typed" />
      </Screen>,
    );
    const typed = root.querySelector("#typed") as HTMLInputElement;
    typed.value = "30";
    button().click();
    await vi.waitFor(() => expect(root.querySelectorAll(".help li").length).toBe(3));
    expect(button().getAttribute("aria-expanded")).toBe("true");
    expect((root.querySelector("#typed") as HTMLInputElement | null)?.value).toBe("30");
    button().click();
    await vi.waitFor(() => expect(root.querySelector(".help")).toBeNull());
  });

  it("lists its pages together, each under an address that is a page", () => {
    show(<Help />);
    const names = [...root.querySelectorAll("a[href^='/help/']")].map((link) => link.getAttribute("href")?.slice(6));
    expect(names.length).toBeGreaterThan(20);
    expect(withoutHelp(names as string[])).toEqual([]);
    expect(root.querySelector("a[href='/tour']")).not.toBeNull();
  });
});
