/** Folding for search: tones, accents, đ, case and spacing do not count ("Ấp  Đông" is found by "ap dong"). */

// Spelled out because `\s` and Python's `split` differ on U+FEFF, U+0085 and U+001C to U+001F.
// biome-ignore lint/suspicious/noControlCharactersInRegex: some of them are control characters.
const SPACES = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

export function fold(text: string): string {
  const bare = text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
  return bare.split(SPACES).filter(Boolean).join(" ");
}
