/** From whatever a camera gives to a small JPEG: at most 1600 px on its long side and 400 kB, without metadata. */
import { isBare, type JpegSize, sizeOf, strip } from "./jpeg.ts";

export const SHRUNK_SIDE_PX_MAX = 1_600;
export const SHRUNK_BYTES_MAX = 400_000;
/** Decoded, a picture takes four bytes a pixel: beyond these 128 MB a cheap phone would lose the page. */
export const INPUT_PIXELS_MAX = 32_000_000;
export const INPUT_BYTES_MAX = 48 * 1024 * 1024;
const HEAD_BYTES = 512 * 1024;
const THUMB_SIDE_PX_MAX = 256;
const THUMB_QUALITY = 0.6;
const JPEG = "image/jpeg";

export interface Attempt extends JpegSize {
  readonly quality: number;
}

export interface Shrunk extends JpegSize {
  readonly full: ArrayBuffer;
  readonly thumb: ArrayBuffer;
}

/** Thrown for what is no picture, or none that this browser can read. */
export class Unusable extends Error {
  readonly code: "photo-unusable" | "photo-pixels";

  constructor(code: Unusable["code"] = "photo-unusable") {
    super(code);
    this.code = code;
  }
}

/** Pure: what to try, best first. Quality goes before size: a note on a wall is read better large and rough. */
export function attempts({ width, height }: JpegSize): readonly Attempt[] {
  const tries = [
    { side: SHRUNK_SIDE_PX_MAX, quality: 0.7 },
    { side: SHRUNK_SIDE_PX_MAX, quality: 0.55 },
    { side: SHRUNK_SIDE_PX_MAX, quality: 0.4 },
    { side: 1_280, quality: 0.5 },
    { side: 1_280, quality: 0.35 },
    { side: 1_024, quality: 0.35 },
    { side: 640, quality: 0.35 },
  ];
  return tries.map(({ side, quality }) => ({ ...within({ width, height }, side), quality }));
}

/** Pure: never enlarged, never less than a pixel. */
export function within({ width, height }: JpegSize, sidePxMax: number): JpegSize {
  const scale = Math.min(1, sidePxMax / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

export async function shrink(file: Blob): Promise<Shrunk> {
  await refuseTooLarge(file);
  const picture = await decode(file);
  if (!picture) throw new Unusable();
  try {
    for (const attempt of attempts(picture)) {
      const full = await encode(picture, attempt);
      if (full.byteLength > SHRUNK_BYTES_MAX) continue;
      const thumb = await encode(picture, { ...within(picture, THUMB_SIDE_PX_MAX), quality: THUMB_QUALITY });
      return { full, thumb, width: attempt.width, height: attempt.height };
    }
    throw new Unusable();
  } finally {
    // Tens of megabytes that the collector does not see.
    picture.close();
  }
}

/** Turned as the camera was held: the re-encoding loses the mark that said so. Older browsers do it unasked. */
async function decode(file: Blob): Promise<ImageBitmap | null> {
  const turned = createImageBitmap(file, { imageOrientation: "from-image" });
  return await turned.catch(() => createImageBitmap(file)).catch(() => null);
}

/** A JPEG says in its head how large it is, before anything is decoded. */
async function refuseTooLarge(file: Blob): Promise<void> {
  if (file.size === 0 || file.size > INPUT_BYTES_MAX) throw new Unusable();
  const size = sizeOf(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  if (size && size.width * size.height > INPUT_PIXELS_MAX) throw new Unusable("photo-pixels");
}

async function encode(picture: ImageBitmap, { width, height, quality }: Attempt): Promise<ArrayBuffer> {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Unusable();
  context.imageSmoothingQuality = "high";
  // What is see-through in a PNG would turn black.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, width, height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, JPEG, quality));
  // The memory of a canvas without pixels is free at once.
  canvas.width = 0;
  // WebKit answers with a PNG where it cannot encode what was asked for, and says nothing.
  if (blob?.type !== JPEG) throw new Unusable();
  return bareOf(await blob.arrayBuffer());
}

/** Some encoders add a profile or an EXIF block of their own: none of it is kept, and that is proven, not believed. */
export function bareOf(encoded: ArrayBuffer): ArrayBuffer {
  const bytes = new Uint8Array(encoded);
  if (isBare(bytes)) return encoded;
  const bare = strip(bytes);
  if (!bare || !isBare(bare)) throw new Unusable();
  return bare.buffer;
}
