/** Holds the files of the spare copy: only a worker may write to them in place and have them flushed. */
declare const self: DedicatedWorkerGlobalScope;

import type { Ask, Found } from "./contract.ts";
import { type Journal, openJournal, type SyncFile } from "./journal.ts";
import { SPARE_FOLDER, SPARE_LOCK } from "./places.ts";

/** Another tab that died a moment ago may still hold the file. */
const OPEN_TRIES = 20;
const OPEN_WAIT_MS = 25;

const journals = new Map<string, Journal>();

self.addEventListener("message", ({ data }: MessageEvent<{ id: number; ask: Ask }>) => {
  navigator.locks
    .request(SPARE_LOCK, () => answer(data.ask))
    .then(
      (value) => self.postMessage({ id: data.id, value }),
      (error: unknown) => self.postMessage({ id: data.id, failure: (error as Partial<Error> | null)?.name ?? "Error" }),
    );
});

async function answer(ask: Ask): Promise<unknown> {
  if (ask.ask === "owners") return await owners();
  const journal = journalOf(ask.device);
  if (ask.ask === "append") return await journal.append(ask.entries);
  return ask.ask === "read" ? await journal.read() : await journal.reserve();
}

function journalOf(device: string): Journal {
  const journal = journals.get(device) ?? openJournal((name) => openFile(device, name));
  journals.set(device, journal);
  return journal;
}

async function folder(): Promise<FileSystemDirectoryHandle> {
  return await (await navigator.storage.getDirectory()).getDirectoryHandle(SPARE_FOLDER, { create: true });
}

async function openFile(device: string, name: string): Promise<SyncFile> {
  const place = await (await folder()).getDirectoryHandle(device, { create: true });
  const handle = await place.getFileHandle(name, { create: true });
  for (let left = OPEN_TRIES; left > 0; left -= 1) {
    const file = await handle.createSyncAccessHandle().catch(() => null);
    if (file) return file;
    await new Promise((done) => setTimeout(done, OPEN_WAIT_MS));
  }
  return await handle.createSyncAccessHandle();
}

async function owners(): Promise<Found[]> {
  const found: Found[] = [];
  // A browser that writes no files in place has never kept anything, either.
  if (!("createSyncAccessHandle" in FileSystemFileHandle.prototype)) return found;
  for await (const device of (await folder()).keys()) {
    const { owner, rows } = await journalOf(device).read();
    if (owner) found.push({ owner, unsent: rows.length });
  }
  return found;
}
