/**
 * Keys of a phone in virtual time: rows are sealed as on a real one, but by a cipher that is done at once, for a
 * simulation that has come to rest must not wait for the threads of WebCrypto. It keeps no secret, and it refuses what
 * was moved.
 */
import type { WorkKeys } from "../src/engine/work-keys.ts";
import { Damaged, type RowCipher } from "../src/store/sealed/cipher.ts";
import { isSealed, joined } from "../src/store/sealed/contents.ts";

const MASK = 0xa5;

function masked(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes, (byte) => byte ^ MASK);
}

export const PLAIN_CIPHER: RowCipher = {
  seal: async (place, bytes) => {
    const head = new TextEncoder().encode(`${place}\n`);
    const whole = new Uint8Array(head.length + bytes.length);
    whole.set(head);
    whole.set(masked(bytes), head.length);
    return whole.buffer;
  },
  open: async (place, sealed) => {
    const head = new TextEncoder().encode(`${place}\n`);
    const bytes = new Uint8Array(sealed);
    if (head.some((byte, at) => bytes[at] !== byte)) throw new Damaged();
    return masked(bytes.subarray(head.length));
  },
};

/** A row as it stands on the disk of such a phone, whole; whoever looks past the app sees what it holds. */
export function wholeOf<Row>(row: Row): Row {
  if (!isSealed(row)) return row;
  const bytes = new Uint8Array(row.sealed);
  return joined(row, masked(bytes.subarray(bytes.indexOf(LINE_END) + 1))) as Row;
}

const LINE_END = 10;

const pair = { point: "", sealed: "" };

export const plainKeys = async (): Promise<WorkKeys> => ({
  keyring: { version: 1, generation: 1, pair, open: "", ways: [], before: [], failures: 0, failed_ms: 0 },
  cipher: PLAIN_CIPHER,
  isLocked: false,
});
