/** Files on the disk of the machine with the calls of a `FileSystemSyncAccessHandle`, and a disk that can be full. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenFile, SyncFile } from "../../src/spare/journal.ts";

export class Disk {
  readonly folder = mkdtempSync(join(tmpdir(), "spare-"));
  /** Bytes that can still be added to files; what stands may be written over. */
  freeBytes = Number.MAX_SAFE_INTEGER;
  /** Of everything ever written: what saving costs. */
  writtenBytes = 0;

  readonly open: OpenFile = async (name) => this.#open(join(this.folder, name));

  readonly openIn = async (folder: string, name: string): Promise<SyncFile> => {
    mkdirSync(join(this.folder, folder), { recursive: true });
    return this.#open(join(this.folder, folder, name));
  };

  path(name: string): string {
    return join(this.folder, name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #open(path: string): SyncFile {
    const file = openSync(path, openFlags(path));
    const size = () => fstatSync(file).size;
    return {
      getSize: size,
      read: (into, { at }) => readSync(file, into, 0, into.length, at),
      write: (bytes, { at }) => this.#write(file, bytes, at, size()),
      truncate: (to) => ftruncateSync(file, to),
      flush: () => fsyncSync(file),
      close: () => closeSync(file),
    };
  }

  /** What does not fit is cut off, as a full disk does. */
  #write(file: number, bytes: Uint8Array, at: number, size: number): number {
    const growth = Math.max(0, at + bytes.length - size);
    const fits = bytes.subarray(0, bytes.length - Math.max(0, growth - this.freeBytes));
    this.freeBytes -= Math.max(0, at + fits.length - size);
    this.writtenBytes += fits.length;
    return fits.length === 0 ? 0 : writeSync(file, fits, 0, fits.length, at);
  }
}

function openFlags(path: string): string {
  closeSync(openSync(path, "a"));
  return "r+";
}
