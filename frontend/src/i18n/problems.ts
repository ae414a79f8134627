/** The sentence for a problem's code, from the catalogue that the server reads too. */
import source from "../../../sync/problems.json";
import type { Problem } from "../engine/contract.ts";
import { isStorageFull } from "../store/connection.ts";
import { pgettext, type Values } from "./index.ts";

/** A build has the codes alone; their sentences come with the language. */
const catalogue = source.problems as Readonly<Record<string, { readonly title?: string; readonly detail?: string }>>;

/** What happened and what to do. A detail with a gap that this call cannot fill gives way to the title. */
export function problemSentence(code: string, values: Values = {}): string {
  const problem = catalogue[code];
  const detail = problem && pgettext(`problem.${code}`, problem.detail ?? "", values);
  if (!detail)
    return pgettext("problem.unknown", "Something went wrong (%(code)s). Nothing on this device is lost.", { code });
  if (!/%\(\w+\)s/.test(detail)) return detail;
  return pgettext(`problem.${code}.title`, problem.title ?? "", values).replace(/:? ?%\(\w+\)s/g, "");
}

/** The server's own sentence names the values; the catalogue speaks for it when it has said nothing. */
export const problemText = (problem: Problem): string =>
  problem.detail || problemSentence(problem.code, problem.values);

/** What a rejected promise of the engine says: its code if it carries one. */
export function codeOf(thrown: unknown): string {
  if (isStorageFull(thrown)) return "storage-full";
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "device-failed";
}
