/** Canonical JSON (P14): RFC 8785 limited to integers. Equality of values (P9) uses the same text. */
import { compareText, isWellFormed } from "./value.ts";

const SHORT: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

/** The canonical text, or null where there is none: a float, a number out of range, a lone surrogate. */
export function canonical(value: unknown): string | null {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return canonicalNumber(value);
  if (typeof value === "string") return canonicalText(value);
  if (Array.isArray(value)) return wrap("[", value.map(canonical), "]");
  if (typeof value === "object") return canonicalObject(value as Record<string, unknown>);
  return null;
}

function canonicalNumber(value: number): string | null {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return null;
  return String(value);
}

function canonicalText(text: string): string | null {
  if (!isWellFormed(text)) return null;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that RFC 8785 escapes.
  return `"${text.replace(/["\\\u0000-\u001f]/g, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function canonicalObject(value: Record<string, unknown>): string | null {
  // Keys by UTF-16 code units: U+1F600 (a surrogate pair) stands before U+FF5E, unlike in Python's order.
  const names = Object.keys(value).sort(compareText);
  const members = names.map((name) => {
    const key = canonicalText(name);
    const text = canonical(value[name]);
    return key === null || text === null ? null : `${key}:${text}`;
  });
  return wrap("{", members, "}");
}

function wrap(open: string, parts: readonly (string | null)[], close: string): string | null {
  return parts.includes(null) ? null : open + parts.join(",") + close;
}

/** Equal in the sense of P9. Two values without canonical text are never equal. */
export function isSame(a: unknown, b: unknown): boolean {
  const text = canonical(a);
  return text !== null && text === canonical(b);
}
