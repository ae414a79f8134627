/** One phone of the simulation: the app's own engine, store and loop on a device that the simulation turns. */

import type { Change, Engine, Session } from "../../src/engine/contract.ts";
import type { CursorRow, OutboxRow, PartitionRow, RecordRow, ShownRow } from "../../src/store/schema.ts";
import type { Operation, ServerRecord } from "../../src/sync/core/record.ts";
import { plainKeys } from "../plain-keys.ts";
import type { Agent } from "./agent.ts";
import type { Build } from "./builds.ts";
import { devicePlatform, Seeded, Timers, Times } from "./device.ts";
import { type Acknowledged, Profile } from "./profile.ts";
import { copyProfile } from "./profile-copy.ts";
import { readAll, readOne } from "./raw-reading.ts";
import { Seat } from "./seat.ts";
import { ended, settle, turn } from "./settling.ts";

/** Every phone registers under its own name, so nothing but the id of the device matters. */
const PASSWORD = "simulation";

export interface PhoneParts {
  readonly device: string;
  readonly user: string;
  readonly seed: string;
  readonly nowMs: number;
}

/** What all pages of one phone share, and what a page is started from. */
interface Body {
  readonly parts: PhoneParts;
  readonly times: Times;
  readonly chance: Seeded;
  profile: Profile;
  build: Build;
}

export interface ShownOnPhone {
  readonly fields: ShownRow["fields"];
  readonly conflicts: readonly string[];
  readonly waiting: readonly number[];
  readonly held: readonly string[];
}

interface Page {
  readonly agent: Agent;
  readonly timers: Timers;
  readonly seat: Seat;
  readonly engine: Engine;
}

export class Phone {
  readonly #body: Body;
  #page: Page | null = null;

  private constructor(body: Body) {
    this.#body = body;
  }

  static async start(parts: PhoneParts, build: Build): Promise<Phone> {
    const body = {
      parts,
      build,
      times: new Times(parts.nowMs),
      chance: new Seeded(parts.seed),
      profile: new Profile(),
    };
    const phone = new Phone(body);
    await phone.signIn();
    return phone;
  }

  /** A second page on the same store. */
  openTab(): Phone {
    return new Phone(this.#body);
  }

  /** A copy of the profile, which from now on goes its own way under the same device id (A18). */
  async clone(): Promise<Phone> {
    const { times, parts, build, profile } = this.#body;
    const copy = new Times(times.trueMs);
    copy.offsetMs = times.offsetMs;
    const chance = new Seeded(`${parts.seed}/${this.#body.chance.integer(2 ** 30)}`);
    return new Phone({ parts, build, times: copy, chance, profile: await copyProfile(profile) });
  }

  async pass(nowMs: number): Promise<void> {
    this.#body.times.trueMs = nowMs;
    const page = this.#page;
    if (page && !page.agent.isDead && page.timers.fireDue()) await settle();
  }

  setClock(offsetMs: number): void {
    this.#body.times.offsetMs = offsetMs;
  }

  setFull(isFull: boolean): void {
    this.#body.profile.isFull = isFull;
  }

  /** "saved", or the code of what the screen says instead. */
  async save(changes: readonly Change[]): Promise<string> {
    const { engine } = await this.#open();
    return await this.#settled(async () => {
      const outcome = await engine.save(changes);
      return outcome.ok ? "saved" : outcome.problem.code;
    });
  }

  /** Saves, and dies after so many turns of the event loop. True when it had said that it saved. */
  async saveTorn(changes: readonly Change[], turns: number): Promise<boolean> {
    const { engine, agent } = await this.#open();
    let isSaid = false;
    void agent
      .run(() => engine.save(changes))
      .then(
        ({ ok }) => {
          isSaid = ok;
        },
        () => undefined,
      );
    await this.#dieAfter(turns);
    return isSaid;
  }

  /** The body of the next request, or null. A person asks. */
  async buildRequest(): Promise<string | null> {
    const { engine, seat } = await this.#open();
    if (seat.isFlying) return null;
    await settle();
    const waiting = seat.depart();
    if (waiting !== null) return waiting;
    await this.#settled(async () => engine.sendNow());
    return seat.depart();
  }

  async arrive(
    status: number,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const { seat } = await this.#open();
    await this.#settled(async () => seat.arrive(status, headers, body));
  }

  /** The answer comes, and the page dies after so many turns of the event loop. True when it had taken it in, whole. */
  async arriveTorn(
    status: number,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array<ArrayBuffer>,
    turns: number,
  ): Promise<boolean> {
    const { seat } = await this.#open();
    const before = this.#body.profile.answersTaken;
    seat.arrive(status, headers, body);
    await this.#dieAfter(turns);
    return this.#body.profile.answersTaken > before;
  }

  async lose(): Promise<void> {
    const { seat } = await this.#open();
    await this.#settled(async () => seat.lose());
  }

  /** This page dies; it starts again from the store when it is next used. */
  async kill(): Promise<void> {
    this.#page?.agent.kill();
    await settle();
  }

  /** A new version takes over: every page of the phone is loaded anew. */
  async update(build: Build): Promise<void> {
    this.#body.profile.killAll();
    await settle();
    this.#body.build = build;
    await this.#open();
  }

  async needsSignIn(): Promise<boolean> {
    return (await this.#open()).engine.status.value.phase === "needs-sign-in";
  }

  async signIn(): Promise<void> {
    const { engine } = await this.#open();
    const outcome = await this.#settled(() => engine.signIn(this.#body.parts.user, PASSWORD));
    if (!outcome.ok) throw new Error(`signing in: ${outcome.problem.code}`);
  }

  async isWiped(): Promise<boolean> {
    return (await this.#open()).engine.session.value === null;
  }

  async outbox(): Promise<Operation[]> {
    return (await this.#all<OutboxRow>("outbox")).map((row) => row.operation);
  }

  async isOffering(): Promise<boolean> {
    return (await readOne(this.#body.profile, this.#database, "meta", "offered")) !== null;
  }

  acknowledged(): Acknowledged[] {
    return [...this.#body.profile.ledger.values()];
  }

  async copies(): Promise<[partition: string, id: string, record: ServerRecord][]> {
    return (await this.#all<RecordRow>("records")).map(({ partition, id, record }) => [partition, id, record]);
  }

  async shown(record: string): Promise<ShownOnPhone | null> {
    const row = await readOne<ShownRow>(this.#body.profile, this.#database, "shown", record);
    return row && { fields: row.fields, conflicts: row.conflicts, waiting: row.waiting_n, held: row.held_codes };
  }

  async partitions(): Promise<Record<string, string>> {
    const rows = await this.#all<PartitionRow>("partitions");
    return Object.fromEntries(rows.map(({ id, access }) => [id, access]));
  }

  async isComplete(partition: string): Promise<boolean> {
    const row = await readOne<CursorRow>(this.#body.profile, this.#database, "cursors", partition);
    return row?.complete === true;
  }

  get #database(): string {
    return `diaban-${this.#body.parts.device}`;
  }

  async #all<Row>(store: string): Promise<Row[]> {
    return await readAll<Row>(this.#body.profile, this.#database, store);
  }

  /** The page as it is, or a new one on the same store when the last one was killed. */
  async #open(): Promise<Page> {
    if (!this.#page || this.#page.agent.isDead) this.#page = await this.#start();
    return this.#page;
  }

  async #start(): Promise<Page> {
    const { profile, times, chance, build, parts } = this.#body;
    const agent = profile.newAgent();
    const [timers, seat] = [new Timers(times), new Seat(() => sessionOf(parts))];
    const platform = devicePlatform({ profile, agent, times, timers, chance, fetch: seat.fetch as typeof fetch });
    const engine = await ended(
      agent.run(() =>
        build.createEngine({
          platform,
          sessions: build.openSessionStore(),
          loadLocale: async () => undefined,
          openKeys: plainKeys,
        }),
      ),
    );
    return { agent, timers, seat, engine };
  }

  async #settled<T>(work: () => Promise<T>): Promise<T> {
    const page = await this.#open();
    return await ended(page.agent.run(work));
  }

  async #dieAfter(turns: number): Promise<void> {
    for (let at = 0; at < turns; at += 1) await turn();
    await this.kill();
  }
}

function sessionOf({ user, device }: PhoneParts): Session {
  const person = { id: user, username: user, name: user, role: "officer" as const, areas: [] };
  return { user: person, device: { id: device, name: "?", state: "active" } };
}
