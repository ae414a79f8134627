/** What in a free text looks like a resident's personal data: a hint, never a refusal. Twin of `sync/personal.py`. */
import source from "../../../../sync/personal.json";

const patterns = Object.entries(source).map(([what, pattern]) => [what, new RegExp(pattern, "u")] as const);

/** Some of `id_number`, `phone`, `plate`, `name_and_birth`, in that order. */
export const suspected = (text: string): readonly string[] =>
  patterns.filter(([, pattern]) => pattern.test(text)).map(([what]) => what);
