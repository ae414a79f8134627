// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import { isSecondTap, swallowDoubleTaps, type Tap } from "../../src/components/double-tap.ts";

const [start, end] = [document.createElement("button"), document.createElement("button")];
const tap = (given: Partial<Tap>): Tap => ({
  target: start,
  timeMs: 0,
  x: 100,
  y: 700,
  count: 1,
  pointer: "touch",
  ...given,
});

describe("the second click of a double tap", () => {
  it("is one soon and near, on something else", () => {
    expect(isSecondTap(tap({}), tap({ target: end, timeMs: 300, x: 110 }))).toBe(true);
    expect(isSecondTap(tap({}), tap({ timeMs: 300 }))).toBe(false);
    expect(isSecondTap(tap({}), tap({ target: end, timeMs: 600 }))).toBe(false);
    expect(isSecondTap(tap({}), tap({ target: end, timeMs: 300, y: 600 }))).toBe(false);
    expect(isSecondTap(null, tap({}))).toBe(false);
  });

  it("is what the browser counts, where a mouse makes it", () => {
    expect(isSecondTap(tap({}), tap({ target: end, timeMs: 50, pointer: "mouse" }))).toBe(false);
    expect(isSecondTap(tap({}), tap({ target: end, timeMs: 50, pointer: "mouse", count: 2 }))).toBe(true);
  });

  it("is none of the keyboard", () => {
    expect(isSecondTap(tap({}), tap({ target: end, timeMs: 50, count: 0 }))).toBe(false);
  });
});

describe("on the page", () => {
  let stop = () => {};
  afterEach(() => stop());

  it("reaches no other element, however often it is repeated", () => {
    stop = swallowDoubleTaps();
    document.body.append(start, end);
    const clicks: string[] = [];
    start.addEventListener("click", () => clicks.push("start"));
    end.addEventListener("click", () => clicks.push("end"));
    const click = (button: Element, detail: number) =>
      button.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, detail }));
    click(start, 1);
    click(end, 2);
    click(end, 3);
    expect(clicks).toEqual(["start"]);
    click(end, 1);
    expect(clicks).toEqual(["start", "end"]);
  });
});
