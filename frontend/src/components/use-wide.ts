/** Whether the window is a desk's: from here on, tables may be wide. */
import { signal } from "@preact/signals";

const query = globalThis.matchMedia?.("(min-width: 900px)");
export const isWide = signal(query?.matches ?? false);
query?.addEventListener("change", (change) => {
  isWide.value = change.matches;
});
