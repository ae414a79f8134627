/** One entry as one line that tells by itself whether it is whole: a full disk or a lost battery may cut it anywhere. */
import type { Entry } from "./contract.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SUM_DIGITS = 8;

export function toLine(entry: object): string {
  const text = JSON.stringify(entry);
  return `${sumOf(text)} ${text}\n`;
}

/** Null for anything that is not a whole line, without its line end. */
export function fromLine(line: string): (Entry & { readonly generation?: number }) | null {
  const text = line.slice(SUM_DIGITS + 1);
  if (text === "" || line.slice(0, SUM_DIGITS) !== sumOf(text)) return null;
  return JSON.parse(text) as Entry;
}

function sumOf(text: string): string {
  let sum = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), FNV_PRIME);
  return (sum >>> 0).toString(16).padStart(SUM_DIGITS, "0");
}
