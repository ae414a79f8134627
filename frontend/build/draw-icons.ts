/** Draws the app's icons into `public/icons` (run by hand: `node build/draw-icons.ts`): a place mark on a page. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";

type Colour = readonly [number, number, number, number];
const GREEN: Colour = [11, 83, 69, 255];
const WHITE: Colour = [255, 255, 255, 255];
const NONE: Colour = [0, 0, 0, 0];
const SAMPLES = 4;

/** The colour at a point of the unit square; `isMaskable` fills the corners that the system cuts. */
function colourAt(x: number, y: number, isMaskable: boolean): Colour {
  if (!isMaskable && !isInRounded(x, y, 0.2)) return NONE;
  const [u, v] = isMaskable ? [(x - 0.5) / 0.8 + 0.5, (y - 0.5) / 0.8 + 0.5] : [x, y];
  const isHole = Math.hypot(u - 0.5, v - 0.4) < 0.09;
  return isInMark(u, v) && !isHole ? WHITE : isInLine(u, v) ? WHITE : GREEN;
}

function isInRounded(x: number, y: number, radius: number): boolean {
  const dx = Math.max(radius - x, x - (1 - radius), 0);
  const dy = Math.max(radius - y, y - (1 - radius), 0);
  return Math.hypot(dx, dy) <= radius;
}

/** A drop: a disc above, narrowing to a point below. */
function isInMark(u: number, v: number): boolean {
  if (Math.hypot(u - 0.5, v - 0.4) < 0.21) return true;
  return v >= 0.47 && v <= 0.76 && Math.abs(u - 0.5) < (0.76 - v) * 0.67;
}

function isInLine(u: number, v: number): boolean {
  return v > 0.81 && v < 0.86 && u > 0.27 && u < 0.73;
}

function pixels(size: number, isMaskable: boolean): Buffer {
  const rows = Buffer.alloc(size * (size * 4 + 1));
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      rows.set(average(x, y, size, isMaskable), y * (size * 4 + 1) + 1 + x * 4);
    }
  }
  return rows;
}

function average(x: number, y: number, size: number, isMaskable: boolean): number[] {
  const sum = [0, 0, 0, 0];
  for (let at = 0; at < SAMPLES * SAMPLES; at += 1) {
    const [dx, dy] = [(at % SAMPLES) + 0.5, Math.floor(at / SAMPLES) + 0.5];
    const [r, g, b, alpha] = colourAt((x + dx / SAMPLES) / size, (y + dy / SAMPLES) / size, isMaskable);
    [r * alpha, g * alpha, b * alpha, alpha].forEach((part, index) => {
      sum[index] = (sum[index] ?? 0) + part;
    });
  }
  const [r = 0, g = 0, b = 0, alpha = 0] = sum;
  const colour = alpha === 0 ? [0, 0, 0] : [r / alpha, g / alpha, b / alpha];
  return [...colour, alpha / SAMPLES ** 2].map(Math.round);
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function png(size: number, isMaskable: boolean): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const image = deflateSync(pixels(size, isMaskable), { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", image), chunk("IEND", Buffer.alloc(0))]);
}

const folder = join(import.meta.dirname, "../public/icons");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "icon-192.png"), png(192, false));
writeFileSync(join(folder, "icon-512.png"), png(512, false));
writeFileSync(join(folder, "icon-maskable-512.png"), png(512, true));
