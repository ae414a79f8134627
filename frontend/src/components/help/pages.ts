/** The help of every screen by its name: the address without its first stroke, `home`, and what has no address. */
import { MANAGING } from "./managing.ts";
import { READING } from "./reading.ts";
import { RECORDING } from "./recording.ts";

export interface HelpPage {
  readonly title: () => string;
  /** What to do, in the order of doing it. */
  readonly steps: () => readonly string[];
}

export type HelpPages = Readonly<Record<string, HelpPage>>;

const ALL: HelpPages = { ...RECORDING, ...READING, ...MANAGING };
/** For the plain forms that have no page of their own. */
const ANY_FORM = "record/activity";

export function pageOf(name: string): HelpPage | undefined {
  const found = Object.hasOwn(ALL, name) ? name : name.startsWith("record/") ? ANY_FORM : null;
  return found === null ? undefined : ALL[found];
}
