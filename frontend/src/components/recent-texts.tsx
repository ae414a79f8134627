/** Texts that were entered lately, each one tap from standing in its field again. */
import { pgettext } from "../i18n/index.ts";

const TEXTS_MAX = 4;

/** Pure: each once, the last first. */
export function recentTexts(values: readonly unknown[]): readonly string[] {
  const texts = values.filter((value): value is string => typeof value === "string" && value !== "");
  return [...new Set(texts)].slice(0, TEXTS_MAX);
}

function write(field: string, text: string): void {
  const control = document.getElementById(field);
  if (!(control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement)) return;
  control.value = text;
  // As if it had been typed: the draft hears of it.
  control.dispatchEvent(new Event("input", { bubbles: true }));
}

/** `field`: the id of the control. */
export function RecentTexts({ field, texts }: { field: string; texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <div class="quick">
      <span class="hint">{pgettext("ui.recent", "Recent")}</span>
      {texts.map((text) => (
        <button type="button" key={text} onClick={() => write(field, text)}>
          {text}
        </button>
      ))}
    </div>
  );
}
