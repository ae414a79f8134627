/**
 * A journal in two files, of which one counts. What is saved is one line more, what is receipted another; when most
 * of it is past, what is left goes to the other file. Zeros behind the end keep room for the next lines: a save that
 * the database has taken must not fail here.
 *
 *     generation line | zeros to 64 | owner, rows, numbers gone … | zeros, set aside
 */
import type { Entry, Kept, SpareOwner } from "./contract.ts";
import { fromLine, toLine } from "./lines.ts";

const HEADER_BYTES = 64;
/** Read at the known end, to see whether another tab has written more. */
const PEEK_BYTES = 1;
export const RESERVE_BYTES_MIN = 64 * 1024;
const RESERVE_BYTES = 256 * 1024;
/** A file below this is not worth writing anew. */
const COMPACT_BYTES_MIN = 256 * 1024;
/** Writing anew that failed, on a full disk most often, is tried again when so much has been added. */
const COMPACT_AGAIN_BYTES = 64 * 1024;
const GENERATIONS = 2 ** 32;

/** What the journal needs of a `FileSystemSyncAccessHandle`. */
export interface SyncFile {
  getSize(): number;
  read(into: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

export type OpenFile = (name: FileName) => Promise<SyncFile>;
type FileName = "0" | "1";

interface State {
  readonly name: FileName;
  readonly generation: number;
  /** Where the next line goes, and whether something unfinished stands before it. */
  end: number;
  isTorn: boolean;
  owner: SpareOwner | null;
  nextN: number;
  /** Rows that are not gone, as their lines, and the length of all of them. */
  readonly lines: Map<number, string>;
  length: number;
  /** Text of rows that are gone stands in the file. */
  hasPast: boolean;
  /** What stands in the file must not stay: nothing is waiting any more, or somebody has lost an area. */
  isOver: boolean;
}

export interface Journal {
  read(): Promise<Kept>;
  append(entries: readonly Entry[]): Promise<number>;
  reserve(): Promise<number>;
}

/** One call at a time over all tabs, which the caller sees to. */
export function openJournal(open: OpenFile): Journal {
  let known: State | null = null;
  let compactFrom = 0;
  const compact = async (old: State): Promise<State | null> => {
    compactFrom = 0;
    return await compacted(open, old).catch(() => {
      compactFrom = old.end + COMPACT_AGAIN_BYTES;
      return null;
    });
  };
  const run = async <T>(work: (file: SyncFile, state: State) => T): Promise<T> => {
    const last = known;
    // Whatever fails leaves nothing that is believed: the next call reads the files anew.
    known = null;
    const done = last && (await within(open, last.name, (file) => ifCurrent(file, last, work)));
    const state = done ? last : await findCurrent(open);
    const { result } =
      done ?? (await within(open, state.name, (file) => ({ result: work(file, readOn(file, state)) })));
    known = state;
    return result;
  };
  return {
    read: () => run((_file, state) => keptOf(state)),
    reserve: () => run(setAside),
    append: async (entries) => {
      const reserved = await run((file, state) => add(file, state, entries));
      if (known && known.end >= compactFrom && isToCompact(known)) known = await compact(known);
      return reserved;
    },
  };
}

async function within<T>(open: OpenFile, name: FileName, work: (file: SyncFile) => T): Promise<T> {
  const file = await open(name);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

/** Null when another tab has begun the other file, or somebody has deleted both. */
function ifCurrent<T>(file: SyncFile, state: State, work: (file: SyncFile, state: State) => T): { result: T } | null {
  return generationOf(file) === state.generation ? { result: work(file, readOn(file, state)) } : null;
}

async function findCurrent(open: OpenFile): Promise<State> {
  const [first, second] = [await within(open, "0", generationOf), await within(open, "1", generationOf)];
  // Another tab may know files that have been deleted since: these must not look like those.
  const generation = Math.max(first, second) || newGeneration();
  if (first === second) await within(open, "0", (file) => begin(file, generation));
  return newState(second > first ? "1" : "0", generation);
}

function newState(name: FileName, generation: number): State {
  const nothing = { owner: null, nextN: 1, lines: new Map(), length: 0, hasPast: false, isOver: false };
  return { name, generation, end: HEADER_BYTES, isTorn: false, ...nothing };
}

function newGeneration(): number {
  return 1 + Math.floor(Math.random() * GENERATIONS);
}

/** 0 for a file that does not count. */
function generationOf(file: SyncFile): number {
  const [line = ""] = textOf(file, 0, HEADER_BYTES).split("\n");
  return fromLine(line)?.generation ?? 0;
}

/** The last write of a new file: from then on it counts. */
function begin(file: SyncFile, generation: number): void {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(new TextEncoder().encode(toLine({ generation })));
  writeWhole(file, header, 0);
  file.flush();
}

function textOf(file: SyncFile, from: number, length: number): string {
  return new TextDecoder().decode(bytesOf(file, from, length));
}

function bytesOf(file: SyncFile, from: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, file.getSize() - from)));
  return bytes.subarray(0, file.read(bytes, { at: from }));
}

/** Takes in the lines behind the known end; what was cut there is passed over for ever. */
function readOn(file: SyncFile, state: State): State {
  if (!bytesOf(file, state.end, PEEK_BYTES)[0]) return state;
  const bytes = bytesOf(file, state.end, file.getSize());
  const zero = bytes.indexOf(0);
  const written = zero < 0 ? bytes : bytes.subarray(0, zero);
  const lines = new TextDecoder().decode(written).split("\n");
  state.isTorn = lines.pop() !== "";
  state.end += written.length;
  for (const line of lines) take(state, line);
  return state;
}

function take(state: State, line: string): void {
  const entry = fromLine(line);
  if (!entry) return;
  if ("owner" in entry) {
    state.isOver ||= hasLeft(state.owner, entry.owner);
    state.owner = entry.owner;
  }
  if ("next_n" in entry) state.nextN = Math.max(state.nextN, entry.next_n);
  if ("gone" in entry) for (const n of entry.gone) drop(state, n);
  if ("row" in entry) {
    drop(state, entry.row.n);
    state.lines.set(entry.row.n, line);
    state.length += line.length;
    state.nextN = Math.max(state.nextN, entry.row.n + 1);
  }
}

function drop(state: State, n: number): void {
  const line = state.lines.get(n);
  if (line === undefined) return;
  state.lines.delete(n);
  state.length -= line.length;
  state.hasPast = true;
}

function hasLeft(before: SpareOwner | null, after: SpareOwner): boolean {
  const ids = new Set(after.partitions.map(({ id }) => id));
  return before?.partitions.some(({ id }) => !ids.has(id)) ?? false;
}

function keptOf({ owner, nextN, lines }: State): Kept {
  const entries = [...lines.values()].map(fromLine);
  const rows = entries.flatMap((entry) => (entry && "row" in entry ? [entry.row] : []));
  return { owner, next_n: nextN, rows: rows.sort((a, b) => a.n - b.n) };
}

function add(file: SyncFile, state: State, entries: readonly Entry[]): number {
  const lines = entries.map(toLine);
  const bytes = new TextEncoder().encode((state.isTorn ? "\n" : "") + lines.join(""));
  writeWhole(file, bytes, state.end);
  file.flush();
  state.end += bytes.length;
  state.isTorn = false;
  for (const line of lines) take(state, line.slice(0, -1));
  return setAside(file, state);
}

function writeWhole(file: SyncFile, bytes: Uint8Array<ArrayBuffer>, at: number): void {
  if (file.write(bytes, { at }) < bytes.length) throw new DOMException("cut short", "QuotaExceededError");
}

/** Bytes that are there for the next lines; a full disk gives no more of them, which the number says. */
function setAside(file: SyncFile, { end }: State): number {
  const size = file.getSize();
  if (size - end >= RESERVE_BYTES_MIN) return size - end;
  try {
    writeWhole(file, new Uint8Array(end + RESERVE_BYTES - size), size);
    file.flush();
  } catch {
    // What there is must do.
  }
  return file.getSize() - end;
}

function isToCompact({ end, lines, length, hasPast, isOver }: State): boolean {
  if (hasPast && (isOver || lines.size === 0)) return true;
  // Three bytes are the most that UTF-8 needs for one UTF-16 code unit; most text here takes one.
  return end > COMPACT_BYTES_MIN && end > 2 * length;
}

/** What is left, in the other file; the old one counts until the new one has its generation. */
async function compacted(open: OpenFile, old: State): Promise<State> {
  const state = newState(old.name === "0" ? "1" : "0", old.generation + 1);
  await within(open, state.name, (file) => {
    try {
      writeAnew(file, old);
      begin(file, state.generation);
      readOn(file, state);
    } catch (error) {
      file.truncate(0);
      throw error;
    }
  });
  await within(open, old.name, (file) => (old.end > COMPACT_BYTES_MIN ? cut(file) : wipe(file, old.end)));
  return state;
}

function cut(file: SyncFile): void {
  file.truncate(0);
  file.flush();
}

/** What it has set aside stays so for the next time, which then writes what is left and no more. */
function wipe(file: SyncFile, end: number): void {
  writeWhole(file, new Uint8Array(end), 0);
  file.flush();
}

function writeAnew(file: SyncFile, { owner, nextN, lines }: State): void {
  const first = [{ next_n: nextN }, ...(owner ? [{ owner }] : [])].map(toLine);
  const rows = [...lines.values()].map((line) => `${line}\n`);
  const body = new TextEncoder().encode([...first, ...rows].join(""));
  // Whatever somebody began here and did not finish must not be read behind what is written now.
  if (bytesOf(file, 0, file.getSize()).some((byte) => byte !== 0)) file.truncate(0);
  writeWhole(file, body, HEADER_BYTES);
  const missing = body.length + RESERVE_BYTES_MIN + HEADER_BYTES - file.getSize();
  if (missing > 0) writeWhole(file, new Uint8Array(RESERVE_BYTES), file.getSize());
  file.flush();
}
