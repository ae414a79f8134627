/** The second click of a double tap must not press what a new screen has put in the same place. */

const TAP_MS_MAX = 500;
const TAP_PX_MAX = 30;

export interface Tap {
  /** What is pressed: a button or a link, not the picture in it. */
  readonly target: EventTarget | null;
  readonly timeMs: number;
  readonly x: number;
  readonly y: number;
  /** How many clicks the browser counts in one place: 0 comes from the keyboard. */
  readonly count: number;
  readonly pointer: string;
}

/** Pure: a mouse's double click is counted by the browser; fingers are told by time and place. */
export function isSecondTap(first: Tap | null, next: Tap): boolean {
  if (first === null || next.count === 0 || next.target === first.target) return false;
  if (next.pointer === "mouse") return next.count > 1;
  const isNear = Math.hypot(next.x - first.x, next.y - first.y) < TAP_PX_MAX;
  return isNear && next.timeMs - first.timeMs < TAP_MS_MAX;
}

function pressed(target: EventTarget | null): EventTarget | null {
  if (!(target instanceof Element)) return target;
  const label = target.closest("label");
  return label ? (label.control ?? label) : (target.closest("a, button, summary") ?? target);
}

export function swallowDoubleTaps(): () => void {
  let pointer = "mouse";
  let last: Tap | null = null;
  const onPointer = (event: PointerEvent) => {
    pointer = event.pointerType;
  };
  const onClick = (event: MouseEvent) => {
    const { timeStamp: timeMs, clientX: x, clientY: y, detail: count } = event;
    // Not every browser says with a click what made it.
    const kind = (event as Partial<PointerEvent>).pointerType || pointer;
    const next = { target: pressed(event.target), timeMs, x, y, count, pointer: kind };
    if (!isSecondTap(last, next)) {
      if (count > 0) last = next;
      return;
    }
    // A third tap is measured against what the first one meant.
    last = { ...next, target: last?.target ?? null };
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("pointerdown", onPointer, true);
  document.addEventListener("click", onClick, true);
  return () => {
    document.removeEventListener("pointerdown", onPointer, true);
    document.removeEventListener("click", onClick, true);
  };
}
