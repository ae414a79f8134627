/** A phone that is the app itself, its engine, store, loop and photo queue, through weeks without a network and after. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Change, Engine, Session } from "../../src/engine/contract.ts";
import { deviceChance, newTag } from "../../src/platform/chance.ts";
import type * as StoreModule from "../../src/store/device-store.ts";
import type * as PhotosModule from "../../src/store/photos.ts";
import type { OutboxRow, PhotoRow, RecordRow } from "../../src/store/schema.ts";
import { PLAIN_CIPHER, plainKeys } from "../plain-keys.ts";
import { type Build, loadBuild, type Replacement } from "../simulation/builds.ts";
import { BrowserFetch } from "./browser-fetch.ts";
import { type Course, Life, ScaledTime } from "./scaled-device.ts";

const DAY_MS = 86_400_000;
const SOURCE = "../../src/store";

/** Mistakes by name, each of which the campaign must catch. */
const FAULTS: Readonly<Record<string, readonly Replacement[]>> = {
  // every upload begins anew after anything went wrong
  "begin-anew": [
    {
      file: "photos/moves.ts",
      from: 'const upload = verdict === "anew" || !row.upload ? null : { ...row.upload, by: "" };',
      to: "const upload = null;",
    },
  ],
  // what was sent counts as received
  "trust-the-line": [
    {
      file: "sync/round.ts",
      from: "    if (!reply.ok) return { ok: false, failure: failureOf(reply) };\n",
      to: `    if (!reply.ok) {
      if (reply.from === "nothing")
        await store.write(async (tx) => {
          for (const { n } of batch.operations) await tx.objectStore("outbox").delete(n);
        });
      return { ok: false, failure: failureOf(reply) };
    }\n`,
    },
  ],
};

export type Entry =
  | { readonly atMs: number; readonly changes: readonly Change[] }
  | { readonly atMs: number; readonly parent: string; readonly shot: RollPhoto };

interface RollPhoto {
  readonly id: string;
  readonly path: string;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
}

interface Stores {
  readonly openDeviceStore: typeof StoreModule.openDeviceStore;
  readonly addPhoto: typeof PhotosModule.addPhoto;
}

interface Running {
  readonly life: Life;
  readonly engine: Engine;
}

export class Phone {
  readonly #build: Build;
  readonly #stores: Stores;
  readonly #time: ScaledTime;
  readonly #browser: BrowserFetch;
  #running: Running | null = null;
  #lives = 0;
  #shelf: StoreModule.DeviceStore | null = null;

  private constructor(build: Build, stores: Stores, course: Course) {
    this.#build = build;
    this.#stores = stores;
    this.#time = new ScaledTime(course);
    this.#browser = new BrowserFetch(this.#time);
  }

  static async start(course: Course, fault: string | null): Promise<Phone> {
    const build = await loadBuild(fault ?? "source", fault === null ? [] : FAULTS[fault]);
    const { openDeviceStore } = (await import(`${SOURCE}/device-store.ts`)) as typeof StoreModule;
    const { addPhoto } = (await import(`${SOURCE}/photos.ts`)) as typeof PhotosModule;
    const phone = new Phone(build, { openDeviceStore, addPhoto }, course);
    await phone.live();
    return phone;
  }

  /** The app is opened; a life before it ends as a killed process does. */
  async live(): Promise<void> {
    this.#running?.life.end();
    // What the store had begun for the dead one comes to its end.
    for (let at = 0; at < 20; at += 1) await turn();
    const life = new Life(this.#time);
    const platform = life.platform(this.#browser.fetch, deviceChance, () => this.#browser.url !== null);
    const sessions = this.#build.openSessionStore();
    const engine = await this.#build.createEngine({
      platform,
      sessions,
      loadLocale: async () => undefined,
      openKeys: plainKeys,
    });
    this.#lives += 1;
    this.#running = { life, engine };
  }

  connect(url: string, course: Course): void {
    this.#time.follow(course);
    this.#browser.url = url;
    this.#now.life.hearOnline();
  }

  disconnect(): void {
    this.#browser.url = null;
  }

  async signIn(username: string, password: string): Promise<string> {
    const outcome = await this.#now.engine.signIn(username, password);
    return outcome.ok ? outcome.value.device.id : `refused: ${outcome.problem.code}`;
  }

  /** What was recorded without a network, the app opened anew each day. Gives how many entries were kept. */
  async record(entries: readonly Entry[]): Promise<number> {
    let day = 0;
    for (const entry of entries) {
      this.#time.stand(entry.atMs);
      const today = Math.floor(entry.atMs / DAY_MS);
      if (today !== day) await this.live();
      day = today;
      if ("shot" in entry) await this.#photograph(entry.shot, entry.parent);
      else await this.#save(entry.changes);
    }
    return entries.length;
  }

  async #save(changes: readonly Change[]): Promise<void> {
    const outcome = await this.#now.engine.save(changes);
    if (!outcome.ok) throw new Error(`not saved: ${outcome.problem.code}`);
  }

  /** As `photos/taking.ts` does with a picture that it has made small. */
  async #photograph({ path, ...told }: RollPhoto, parent: string): Promise<void> {
    const store = this.#store();
    const [unit] = this.#now.engine.partitions.value.filter(({ access }) => access === "write");
    const full = new Uint8Array(readFileSync(path)).buffer;
    const nowMs = this.#now.engine.nowMs();
    const shot = { ...told, full, thumb: new ArrayBuffer(1), taken_ms: this.#time.nowMs() };
    const observed = { wall_ms: this.#time.nowMs(), offset_ms: 0, offset_age_ms: 0, mono_ms: 0 };
    const moment = { nowMs, observed, newTag: () => newTag(deviceChance) };
    const to = { record: parent, partition: unit?.id ?? "" };
    await store.write((tx) => this.#stores.addPhoto(tx, store.owner, shot, to, moment));
  }

  standing(): object {
    const { engine } = this.#now;
    const photos = engine.photoStatus.value;
    const own = { photosPhase: photos.phase, photosProblem: photos.problem, lives: this.#lives };
    return { ...engine.status.value, ...own, nowMs: engine.nowMs() };
  }

  /** Everything that the phone holds; of photos the hash of their bytes as they lie there. */
  async contents(): Promise<object> {
    return await this.#store().read(async (tx) => {
      const outbox: OutboxRow[] = await tx.objectStore("outbox").getAll();
      const receipted = await tx.objectStore("receipted").getAll();
      const photos: PhotoRow[] = await tx.objectStore("photos").getAll();
      const records: RecordRow[] = await tx.objectStore("records").getAll();
      const hashes: [string, string][] = [];
      for (const { id } of photos) {
        const full = await tx.objectStore("photo_files").get([id, "full"]);
        hashes.push([
          id,
          createHash("sha256")
            .update(Buffer.from(full ?? new ArrayBuffer(0)))
            .digest("hex"),
        ]);
      }
      return {
        outbox: outbox.map(({ operation }) => operation),
        receipted: receipted.map(({ n, operation, receipt }) => [n, operation.tag, receipt.status, receipt.hash]),
        photos: photos.map(({ id, state, sha256 }) => [id, state, sha256]),
        hashes,
        records: records.map(({ record }) => record),
      };
    });
  }

  get #now(): Running {
    if (!this.#running) throw new Error("the app is not open");
    return this.#running;
  }

  #store(): StoreModule.DeviceStore {
    const session: Session | null = this.#now.engine.session.value;
    if (!session) throw new Error("nobody is signed in");
    this.#shelf ??= this.#stores.openDeviceStore(
      { device: session.device.id, user: session.user },
      undefined,
      undefined,
      PLAIN_CIPHER,
    );
    return this.#shelf;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
