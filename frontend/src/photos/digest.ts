/** SHA-256 of bytes, in the two spellings that the wire wants: hex names a photo, base64 goes into headers (P23). */
export async function sha256(bytes: BufferSource): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export const hexOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const base64Of = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** Of text in ASCII: a digest in hex, an id. */
export const base64OfText = (text: string): string => btoa(text);
