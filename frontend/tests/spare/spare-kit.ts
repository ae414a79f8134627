/** The spare copies of one phone on real files, without the worker that a browser has around them. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { queueInTab } from "../../src/platform/locks.ts";
import type { Found, Spare, SpareDoor } from "../../src/spare/contract.ts";
import { type Journal, openJournal } from "../../src/spare/journal.ts";
import { openKeeping } from "../../src/spare/keep.ts";
import { lostSession, outEntries } from "../../src/spare/lost-session.ts";
import { Disk } from "./disk-file.ts";

export class SpareFiles {
  readonly disk = new Disk();
  /** Set, nothing of it can be reached: an old browser, or files that are being held. */
  isOut = false;
  readonly #journals = new Map<string, Journal>();

  door: SpareDoor = {
    isThere: async () => this.devices().length > 0,
    open: async () => {
      if (this.isOut) throw new DOMException("out", "NotAllowedError");
      return {
        keep: (store, session, nowMs) => openKeeping(this.of(store.owner.device), store, session, nowMs),
        lostSession: async (sessions) => await lostSession(await this.#owners(), sessions),
        nobodyAtWork: async () => {
          for (const each of await this.#owners()) await this.of(each.owner.session.device.id).append(outEntries(each));
        },
      };
    },
    forget: async (device) => rmSync(join(this.disk.folder, device), { recursive: true, force: true }),
  };

  devices(): string[] {
    return readdirSync(this.disk.folder);
  }

  of(device: string): Spare {
    const journal = this.#journals.get(device) ?? openJournal((name) => this.disk.openIn(device, name));
    this.#journals.set(device, journal);
    const alone = <T>(work: () => Promise<T>) => queueInTab(this.disk.folder, work);
    return {
      read: () => alone(journal.read),
      reserve: () => alone(journal.reserve),
      append: (entries) => alone(() => journal.append(entries)),
    };
  }

  async #owners(): Promise<Found[]> {
    const all = await Promise.all(this.devices().map((device) => this.of(device).read()));
    return all.flatMap(({ owner, rows }) => (owner ? [{ owner, unsent: rows.length }] : []));
  }
}
