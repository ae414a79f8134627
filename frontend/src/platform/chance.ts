/** The only door to randomness: ids (P2), tags (P1) and the jitter of retries. */
const TAG_CHARACTERS = "abcdefghijklmnopqrstuvwxyz234567";
const TAG_LENGTH = 8;

export interface Chance {
  bytes(length: number): Uint8Array;
}

export const deviceChance: Chance = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

/** A UUIDv7: 48 bits of time, 74 of chance. A wrong clock only spoils its sorting. */
export function uuidv7(nowMs: number, chance: Chance): string {
  const bytes = chance.bytes(16);
  const view = new DataView(bytes.buffer);
  const ms = Math.max(0, Math.min(Math.floor(nowMs), 2 ** 48 - 1));
  view.setUint16(0, Math.floor(ms / 2 ** 32));
  view.setUint32(2, ms % 2 ** 32);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Eight characters of [a-z2-7]: 32 letters divide 256, so none is favoured. */
export function newTag(chance: Chance): string {
  return [...chance.bytes(TAG_LENGTH)].map((byte) => TAG_CHARACTERS.charAt(byte % 32)).join("");
}

/** From 0 up to, not including, 1. */
export function fraction(chance: Chance): number {
  return new DataView(chance.bytes(4).buffer).getUint32(0) / 2 ** 32;
}
