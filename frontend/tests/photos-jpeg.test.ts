/** What a JPEG says of itself, and that nothing but the picture is kept. */
import { describe, expect, it, vi } from "vitest";
import { isBare, sizeOf, strip } from "../src/photos/jpeg.ts";
import { attempts, bareOf, SHRUNK_SIDE_PX_MAX, shrink, Unusable, within } from "../src/photos/shrink.ts";
import { seeded } from "./virtual-phone.ts";

const RUNS = 200;

function segment(marker: number, ...content: number[]): number[] {
  const length = content.length + 2;
  return [0xff, marker, length >> 8, length & 0xff, ...content];
}

const START = [0xff, 0xd8];
const END = [0xff, 0xd9];
const JFIF = segment(0xe0, 0x4a, 0x46, 0x49, 0x46, 0);
const TABLE = segment(0xdb, 1, 2, 3);
/** 1200 high, 1600 wide. */
const FRAME = segment(0xc0, 8, 0x04, 0xb0, 0x06, 0x40, 3, 1, 2, 3);
const SCAN = [...segment(0xda, 1, 1, 0, 0, 63, 0), 0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56, 0xff, 0xd7, 0x78];
const EXIF = segment(0xe1, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x47, 0x50, 0x53);
const PICTURE = [START, JFIF, TABLE, FRAME, SCAN, SCAN, END];

const bytes = (...parts: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> => Uint8Array.from(parts.flat());

describe("a JPEG", () => {
  it("says how large it is, from its beginning alone", () => {
    expect(sizeOf(bytes(START, EXIF, FRAME))).toEqual({ width: 1600, height: 1200 });
    expect(sizeOf(bytes(START, EXIF))).toBeNull();
    expect(sizeOf(bytes([0x89, 0x50, 0x4e, 0x47]))).toBeNull();
  });

  it("is bare when there is nothing in it but the picture", () => {
    expect(isBare(bytes(...PICTURE))).toBe(true);
    for (const marker of [0xe1, 0xe2, 0xed, 0xee, 0xef, 0xfe])
      expect(isBare(bytes(START, segment(marker, 7), JFIF, TABLE, FRAME, SCAN, END))).toBe(false);
    expect(isBare(bytes(...PICTURE, [0xff, 0xd8, 1, 2, 3]))).toBe(false);
  });

  it("keeps its picture to the byte when everything else is taken out, wherever it stood", () => {
    const random = seeded(11);
    const anything = () => Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256));
    for (let run = 0; run < RUNS; run += 1) {
      const strange = () =>
        random() < 0.5 ? segment(random() < 0.2 ? 0xfe : 0xe1 + Math.floor(random() * 15), ...anything()) : [];
      const [start, ...rest] = PICTURE;
      const dressed = bytes(
        start ?? [],
        ...rest.flatMap((part) => [strange(), part]),
        random() < 0.5 ? anything() : [],
      );
      expect(strip(dressed)).toEqual(bytes(...PICTURE));
    }
  });

  it("is refused when it is broken off, and never takes for ever", () => {
    const whole = bytes(START, EXIF, JFIF, TABLE, FRAME, SCAN, END);
    for (let length = 0; length < whole.length; length += 1) expect(strip(whole.subarray(0, length))).toBeNull();
    const random = seeded(5);
    for (let run = 0; run < RUNS; run += 1) {
      const noise = Uint8Array.from({ length: 200 }, () => (random() < 0.3 ? 0xff : Math.floor(random() * 256)));
      const bare = strip(Uint8Array.from([0xff, 0xd8, ...noise]));
      if (bare) expect(isBare(bare)).toBe(true);
    }
  });

  it("comes out bare, or not at all", () => {
    const bare = bytes(...PICTURE);
    expect(bareOf(bare.buffer)).toBe(bare.buffer);
    expect(new Uint8Array(bareOf(bytes(START, EXIF, ...PICTURE.slice(1)).buffer))).toEqual(bare);
    expect(() => bareOf(new ArrayBuffer(10))).toThrow(Unusable);
  });
});

describe("shrinking", () => {
  it("refuses more pixels than a cheap phone can hold, before it decodes one, and says so", async () => {
    const frame = (height: number, width: number) =>
      segment(0xc0, 8, height >> 8, height & 0xff, width >> 8, width & 0xff, 3, 1, 2, 3);
    const decode = vi.fn(async () => null);
    vi.stubGlobal("createImageBitmap", decode);
    const codeOf = (height: number, width: number) =>
      shrink(new Blob([bytes(START, frame(height, width))])).catch((error: Unusable) => error.code);
    expect([await codeOf(6_000, 8_000), decode.mock.calls.length]).toEqual(["photo-pixels", 0]);
    expect(await codeOf(4_000, 6_000)).toBe("photo-unusable");
    expect(decode).toHaveBeenCalled();
    vi.unstubAllGlobals();
  });

  it("keeps the shape, never enlarges, and tries roughness before size", () => {
    expect(within({ width: 4000, height: 3000 }, SHRUNK_SIDE_PX_MAX)).toEqual({ width: 1600, height: 1200 });
    expect(within({ width: 3000, height: 4000 }, SHRUNK_SIDE_PX_MAX)).toEqual({ width: 1200, height: 1600 });
    expect(within({ width: 640, height: 480 }, SHRUNK_SIDE_PX_MAX)).toEqual({ width: 640, height: 480 });
    expect(within({ width: 10_000, height: 1 }, SHRUNK_SIDE_PX_MAX)).toEqual({ width: 1600, height: 1 });
    const sides = attempts({ width: 4000, height: 3000 }).map(({ width, quality }) => [width, quality]);
    expect(sides.slice(0, 4)).toEqual([
      [1600, 0.7],
      [1600, 0.55],
      [1600, 0.4],
      [1280, 0.5],
    ]);
  });
});
