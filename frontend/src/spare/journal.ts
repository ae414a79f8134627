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
  /** Rows that are not gone, as their lines. */
  readonly lines: Map<number, string>;
}

export interface Journal {
  read(): Promise<Kept>;
  append(entries: readonly Entry[]): Promise<number>;
  reserve(): Promise<number>;
}

/** One call at a time over all tabs, which the caller sees to. */
export function openJournal(open: OpenFile): Journal {
  let known: State | null = null;
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
      if (known && isMostlyPast(known)) known = await compacted(open, known).catch(() => null);
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
  const generation = Math.max(first, second, 1);
  if (first === second) await within(open, "0", (file) => begin(file, generation));
  return newState(second > first ? "1" : "0", generation);
}

function newState(name: FileName, generation: number): State {
  return { name, generation, end: HEADER_BYTES, isTorn: false, owner: null, nextN: 1, lines: new Map() };
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
  if ("owner" in entry) state.owner = entry.owner;
  if ("next_n" in entry) state.nextN = Math.max(state.nextN, entry.next_n);
  if ("gone" in entry) for (const n of entry.gone) state.lines.delete(n);
  if ("row" in entry) {
    state.lines.set(entry.row.n, line);
    state.nextN = Math.max(state.nextN, entry.row.n + 1);
  }
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

function isMostlyPast({ end, lines }: State): boolean {
  let bytes = 0;
  // Three bytes are the most that UTF-8 needs for one UTF-16 code unit; most text here takes one.
  for (const line of lines.values()) bytes += line.length;
  return end > COMPACT_BYTES_MIN && end > 2 * bytes;
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
  await within(open, old.name, empty);
  return state;
}

function empty(file: SyncFile): void {
  file.truncate(0);
  file.flush();
}

function writeAnew(file: SyncFile, { owner, nextN, lines }: State): void {
  const first = [{ next_n: nextN }, ...(owner ? [{ owner }] : [])].map(toLine);
  const rows = [...lines.values()].map((line) => `${line}\n`);
  const body = new TextEncoder().encode([...first, ...rows].join(""));
  file.truncate(0);
  writeWhole(file, body, HEADER_BYTES);
  writeWhole(file, new Uint8Array(RESERVE_BYTES), HEADER_BYTES + body.length);
  file.flush();
}
