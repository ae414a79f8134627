/** Keeps the track of the open patrol, in one tab, on any screen, and while the app is locked. */
import { effect } from "@preact/signals";
import type { Engine, Tracks } from "../engine/contract.ts";
import { deviceLock, type Locked } from "../platform/locks.ts";
import { devicePosition, type PositionDoor } from "../platform/position.ts";
import { keepAwake } from "../platform/wake-lock.ts";
import { begun, decide, type Kept, speedMax, type Track, type TrackEvent } from "./deciding.ts";
import { type Gone, NOWHERE, stepped } from "./distance.ts";
import { answerAsked, NO_TRACK, type TrackStatus, trackStatus } from "./live.ts";
import type { Position } from "./place.ts";
import { SEGMENT_MS_MAX } from "./segments.ts";
import { measured } from "./sums.ts";

const TICK_MS = 5_000;
/** A watch that is silent for so long is asked. */
const SILENT_MS = 15_000;
/** An end can be taken back for ten seconds; until then the points stand as they are. */
const SETTLED_MS = 12_000;

export interface RecorderParts {
  readonly engine: Engine;
  readonly door?: PositionDoor;
  readonly lock?: Locked;
}

/** Until it is stopped, follows the patrols that are begun and ended. */
export function startTracking({ engine, door = devicePosition, lock = deviceLock }: RecorderParts): () => void {
  const recorder = new Recorder(engine, door);
  let isOver = false;
  let release: () => void = () => undefined;
  const turn = () => {
    if (isOver) return Promise.resolve();
    const over = new Promise<void>((done) => {
      release = done;
    });
    recorder.follow();
    return over;
  };
  // The other tabs wait for their turn: one phone is in one place.
  void lock(`diaban-track-${engine.session.value?.device.id}`, turn).catch(() => undefined);
  return () => {
    isOver = true;
    recorder.stop();
    release();
  };
}

class Recorder {
  readonly #engine: Engine;
  readonly #door: PositionDoor;
  #unfollow: () => void = () => undefined;
  #patrol: string | null = null;
  /** Whose it is: with another one at work, nothing of this one is written. */
  #device: string | undefined;
  #track: Track = begun(null);
  #gone: Gone = NOWHERE;
  #speedMax = speedMax([]);
  #unwatch: (() => void) | null = null;
  #ends: (() => void)[] = [];
  #waiting: Kept[] = [];
  #isWriting = false;
  #savedMs: number | null = null;
  #looking: Promise<void> = Promise.resolve();
  #hasMetres = false;
  #again: ReturnType<typeof setTimeout> | undefined;
  /** Of the patrol that has just ended, should it go on. */
  #before: { readonly patrol: string; readonly track: Track } | null = null;

  constructor(engine: Engine, door: PositionDoor) {
    this.#engine = engine;
    this.#door = door;
  }

  follow(): void {
    this.#unfollow = effect(() => {
      // Whatever was saved or unlocked may have begun or ended a patrol.
      void [this.#engine.revision.value, this.#engine.lock.value.isLocked];
      this.#lookSoon();
    });
  }

  #lookSoon(): void {
    this.#looking = this.#looking.then(() => this.#look()).catch(() => undefined);
  }

  stop(): void {
    this.#unfollow();
    clearTimeout(this.#again);
    this.#end();
  }

  async #look(): Promise<void> {
    const tracks = await this.#engine.tracks();
    const open = await tracks.open();
    if (open?.patrol !== this.#patrol) {
      this.#end();
      if (open) await this.#begin(open.patrol, open.lastMs);
    }
    if (this.#engine.lock.value.isLocked) return;
    if (!this.#hasMetres) await this.#readMetres(tracks);
    await this.#readPatrol();
    await this.#saveOthers(tracks);
  }

  async #begin(patrol: string, lastMs: number | null): Promise<void> {
    this.#patrol = patrol;
    this.#device = this.#engine.session.value?.device.id;
    const before = this.#before?.patrol === patrol ? this.#before : null;
    this.#track = before?.track ?? begun(lastMs);
    this.#gone = NOWHERE;
    this.#savedMs = null;
    this.#hasMetres = false;
    this.#tell(NO_TRACK);
    const permission = await this.#door.permission();
    if (this.#patrol !== patrol) return;
    if (permission === "granted") return this.#watch();
    if (permission === "denied") return this.#tell({ phase: "refused" });
    // Somebody is told why before the browser asks.
    answerAsked.value = (isAllowed) => {
      answerAsked.value = null;
      if (isAllowed) this.#watch();
      else this.#tell({ phase: "refused" });
    };
  }

  /** What was gone before this page, or while the app was locked; and what became full then. */
  async #readMetres(tracks: Tracks): Promise<void> {
    if (this.#patrol === null) return;
    await tracks.save(this.#patrol, null);
    const sums = await measured(this.#engine, this.#patrol, this.#engine.nowMs());
    this.#tell({ metres: sums?.distance_m ?? 0 });
    this.#hasMetres = true;
  }

  #end(): void {
    if (this.#patrol !== null) this.#before = { patrol: this.#patrol, track: this.#track };
    this.#patrol = null;
    // What was not on the disk by then is a gap: it must not count for the next patrol.
    this.#waiting = [];
    this.#unwatch?.();
    this.#unwatch = null;
    for (const end of this.#ends) end();
    this.#ends = [];
    answerAsked.value = null;
    trackStatus.value = null;
  }

  #watch(): void {
    this.#tell({ phase: "watching" });
    this.#rewatch();
    const timer = setInterval(() => this.#tick(), TICK_MS);
    const onVisible = () => this.#turned(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", onVisible);
    this.#ends = [
      keepAwake(),
      () => clearInterval(timer),
      () => document.removeEventListener("visibilitychange", onVisible),
    ];
  }

  /** A phone that comes back to the front may have let the watch of before go. */
  #rewatch(): void {
    this.#unwatch?.();
    this.#unwatch = this.#door.watch(
      (position) => this.#heard(position),
      () => this.#tell({ phase: "refused" }),
    );
  }

  #turned(isVisible: boolean): void {
    this.#decide({ what: isVisible ? "shown" : "hidden", atMs: this.#engine.nowMs() });
    if (isVisible) this.#rewatch();
  }

  #tick(): void {
    const atMs = this.#engine.nowMs();
    this.#decide({ what: "tick", atMs });
    const heardMs = trackStatus.value?.heardMs ?? null;
    if (heardMs === null || atMs - heardMs > SILENT_MS) this.#door.ask((position) => this.#heard(position));
    void this.#write();
  }

  #heard(position: Position): void {
    if (this.#patrol === null) return;
    const atMs = this.#engine.nowMs();
    this.#decide({ what: "fix", fix: { ...position, atMs }, speedMax: this.#speedMax });
    this.#tell({ phase: "watching", accuracyM: position.accuracy_m, heardMs: atMs });
  }

  #decide(event: TrackEvent): void {
    const { track, kept } = decide(this.#track, event);
    this.#track = track;
    if (!kept) return;
    const before = this.#gone.metres;
    this.#gone = stepped(this.#gone, kept, kept.cause !== null);
    this.#tell({ metres: (trackStatus.value?.metres ?? 0) + this.#gone.metres - before });
    this.#savedMs ??= kept.atMs;
    this.#waiting.push(kept);
    void this.#write();
  }

  /** One after the other; what could not be written is tried again with the next tick. */
  async #write(): Promise<void> {
    const patrol = this.#patrol;
    if (this.#isWriting || this.#waiting.length === 0 || patrol === null) return;
    this.#isWriting = true;
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      const tracks = await this.#engine.tracks();
      if (patrol !== this.#patrol || this.#engine.session.value?.device.id !== this.#device) return;
      await tracks.keep(
        patrol,
        batch.map(({ atMs: at_ms, cause, ...point }) => ({ ...point, at_ms, ...(cause && { cause }) })),
      );
      if (this.#isFull()) await this.#save(tracks, patrol);
    } catch {
      if (patrol === this.#patrol) this.#waiting = [...batch, ...this.#waiting];
    } finally {
      this.#isWriting = false;
    }
  }

  #isFull(): boolean {
    const { lastMs } = this.#track;
    return this.#savedMs !== null && lastMs !== null && lastMs - this.#savedMs > SEGMENT_MS_MAX;
  }

  /** While the app is locked the points wait, on the disk, until it is unlocked. */
  async #save(tracks: Tracks, patrol: string): Promise<void> {
    this.#savedMs = this.#track.lastMs;
    if (this.#engine.lock.value.isLocked) this.#hasMetres = false;
    else await tracks.save(patrol, null).catch(() => undefined);
  }

  /** Of patrols that have ended, all that is left. */
  async #saveOthers(tracks: Tracks): Promise<void> {
    for (const patrol of await tracks.waiting()) {
      if (patrol !== this.#patrol) await this.#saveEnded(tracks, patrol);
    }
  }

  async #saveEnded(tracks: Tracks, patrol: string): Promise<void> {
    const record = await this.#engine.record(patrol);
    if (!record) return;
    const nowMs = this.#engine.nowMs();
    if (Math.abs(nowMs - record.changedMs) < SETTLED_MS) {
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#lookSoon(), SETTLED_MS);
      return;
    }
    const { ended_at } = record.fields;
    await tracks.save(patrol, { atMs: typeof ended_at === "number" ? ended_at : nowMs, cause: "no_fix" });
  }

  /** What it goes by may change with a leg. */
  async #readPatrol(): Promise<void> {
    const patrol = this.#patrol;
    if (patrol === null) return;
    const [record, children] = await Promise.all([this.#engine.record(patrol), this.#engine.children(patrol)]);
    const legs = children.filter(({ kind }) => kind === "leg");
    const all = [record, ...legs].flatMap((each) => each?.fields.transport ?? []);
    this.#speedMax = speedMax(all.map(String));
  }

  #tell(change: Partial<TrackStatus>): void {
    if (this.#patrol !== null) trackStatus.value = { ...(trackStatus.value ?? NO_TRACK), ...change };
  }
}
