/** The address is the state of navigation: paths are English, the History API moves between them. */
import { computed, signal } from "@preact/signals";
import { swallowDoubleTaps } from "../components/double-tap.ts";
import { ageFlash } from "../components/flash.ts";

const here = () => ({ path: location.pathname, query: location.search });

export const address = signal(here());
export const path = computed(() => address.value.path);
export const query = computed(() => new URLSearchParams(address.value.query));
/** How often the app has moved since it was opened: focus follows every move but not the opening. */
export const moves = signal(0);

function arrive(): void {
  address.value = here();
  moves.value += 1;
  ageFlash();
}

export function navigate(to: string): void {
  // Staying on a screen is no step that "back" should have to undo.
  if (to === location.pathname + location.search) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  // Each screen scrolls by itself; only a very low window scrolls as a whole.
  scrollTo(0, 0);
  arrive();
}

/** Change the query of the present screen without a step in the history and without moving focus. */
export function replaceQuery(values: Readonly<Record<string, string>>): void {
  const kept = Object.entries(values).filter(([, value]) => value !== "");
  const search = new URLSearchParams(kept).toString();
  history.replaceState(null, "", search ? `?${search}` : location.pathname);
  address.value = here();
}

/** Let the app follow its own links; everything with a modifier, a target or a fragment stays the browser's. */
function follow(click: MouseEvent): void {
  const link = click.target instanceof Element ? click.target.closest("a") : null;
  if (!link || click.defaultPrevented || click.button !== 0) return;
  if (click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return;
  if (link.origin !== location.origin || link.target !== "" || link.hash !== "" || link.hasAttribute("download"))
    return;
  click.preventDefault();
  navigate(link.pathname + link.search);
}

export function startRouter(): () => void {
  addEventListener("popstate", arrive);
  document.addEventListener("click", follow);
  const stopSwallowing = swallowDoubleTaps();
  return () => {
    stopSwallowing();
    removeEventListener("popstate", arrive);
    document.removeEventListener("click", follow);
  };
}
