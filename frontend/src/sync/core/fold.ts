/** Folding for search: tones, accents and đ do not count, nor does case ("Ấp Đông" is found by "ap dong"). */
export function fold(text: string): string {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d");
}
