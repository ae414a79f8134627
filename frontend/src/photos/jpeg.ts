/**
 * JPEG as a list of segments, with nothing decoded: how large the picture is, and what else travels in the file.
 * Whatever could say where, when or by whom (EXIF, GPS, XMP, IPTC, maker notes, comments) stands in APP1 to APP15 or
 * COM, or behind the end of the picture.
 */
const START = 0xd8;
const END = 0xd9;
const SCAN = 0xda;
const COMMENT = 0xfe;
const APP_FIRST = 0xe1;
const APP_LAST = 0xef;
const ESCAPE = 0xff;

interface Segment {
  readonly marker: number;
  /** From its marker up to, not including, the next one; a scan's entropy-coded bytes belong to it. */
  readonly from: number;
  readonly to: number;
}

export interface JpegSize {
  readonly width: number;
  readonly height: number;
}

/** Null where the file does not say so, or is no JPEG. The beginning of a file is enough. */
export function sizeOf(bytes: Uint8Array): JpegSize | null {
  for (const { marker, from, to } of segmentsOf(bytes)) {
    if (isFrame(marker) && to - from >= 9) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + from);
      return { height: view.getUint16(5), width: view.getUint16(7) };
    }
  }
  return null;
}

/** Whether a whole JPEG holds the picture and nothing else. */
export function isBare(bytes: Uint8Array): boolean {
  const segments = segmentsOf(bytes);
  return isWhole(segments) && !segments.some(isMetadata) && segments.at(-1)?.to === bytes.length;
}

/** The same picture without anything that is not the picture; null where the file is not a whole JPEG. */
export function strip(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const segments = segmentsOf(bytes);
  if (!isWhole(segments)) return null;
  const kept = segments.filter((segment) => !isMetadata(segment));
  const bare = new Uint8Array(kept.reduce((sum, { from, to }) => sum + to - from, 0));
  let at = 0;
  for (const { from, to } of kept) {
    bare.set(bytes.subarray(from, to), at);
    at += to - from;
  }
  return bare;
}

function isWhole(segments: readonly Segment[]): boolean {
  return segments.at(-1)?.marker === END && segments.some(({ marker }) => isFrame(marker));
}

function isMetadata({ marker }: Segment): boolean {
  return marker === COMMENT || (marker >= APP_FIRST && marker <= APP_LAST);
}

/** SOF0 to SOF15, without the three markers among them that are tables. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** As far as the file can be followed: up to the end of the picture, or to where it breaks off. */
function segmentsOf(bytes: Uint8Array): Segment[] {
  if (bytes[0] !== ESCAPE || bytes[1] !== START) return [];
  const segments: Segment[] = [{ marker: START, from: 0, to: 2 }];
  let from = 2;
  while (from + 1 < bytes.length && bytes[from] === ESCAPE) {
    const marker = bytes[from + 1] ?? 0;
    // Any number of FF may fill the space before a marker.
    if (marker === ESCAPE) {
      from += 1;
      continue;
    }
    const to = endOf(bytes, marker, from);
    if (to === null) break;
    segments.push({ marker, from, to });
    if (marker === END) break;
    from = to;
  }
  return segments;
}

function endOf(bytes: Uint8Array, marker: number, from: number): number | null {
  if (marker === END || isRestart(marker)) return from + 2;
  const length = ((bytes[from + 2] ?? 0) << 8) | (bytes[from + 3] ?? 0);
  const to = from + 2 + length;
  if (length < 2 || to > bytes.length) return null;
  return marker === SCAN ? endOfScan(bytes, to) : to;
}

/** Entropy-coded bytes run on to the next marker; `FF 00` and restarts are part of them. */
function endOfScan(bytes: Uint8Array, from: number): number | null {
  for (let at = bytes.indexOf(ESCAPE, from); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(ESCAPE, at + 1)) {
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && next !== ESCAPE && !isRestart(next)) return at;
  }
  return null;
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}
