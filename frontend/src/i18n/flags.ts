/** A field that is true or false, in the words of that field; a newer server's field says yes or no. */
import { pgettext } from "./index.ts";

const WORDS: Readonly<Record<string, readonly [yes: () => string, no: () => string]>> = {
  planned: [() => pgettext("planned.true", "Planned"), () => pgettext("planned.false", "Unplanned")],
};

export function flagLabel(name: string, value: boolean): string {
  const [yes, no] = WORDS[name] ?? [() => pgettext("ui.yes", "Yes"), () => pgettext("ui.no", "No")];
  return value ? yes() : no();
}
