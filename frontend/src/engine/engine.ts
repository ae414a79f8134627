/** The engine that the screens ask: recording and reading never wait for the network. */
import { type Signal, signal } from "@preact/signals";
import { registerWorker } from "../platform/app-update.ts";
import { newTag, uuidv7 } from "../platform/chance.ts";
import { askPersistence, reportStorage } from "../platform/device-storage.ts";
import type { Platform } from "../platform/platform.ts";
import type { Summary } from "../store/device-store.ts";
import type { SaveMoment } from "../store/save.ts";
import type { SessionStore } from "../store/session-store.ts";
import { type Client, createClient } from "../sync/client.ts";
import { INITIAL, type SyncState } from "../sync/state.ts";
import type { Engine, Outcome, Partition, Session, SyncStatus } from "./contract.ts";
import { shownRecord } from "./shown-record.ts";
import { closeSession, openSession } from "./sign-in.ts";
import { makeStatus } from "./sync-status.ts";
import { openWorkPlace, type WorkPlace } from "./work-place.ts";

export interface EngineParts {
  readonly platform: Platform;
  readonly sessions: SessionStore;
  /** Loads a catalogue before the language counts as changed. */
  readonly loadLocale: (language: "vi" | "en") => Promise<void>;
}

/** Everything of the engine that changes. */
interface Live {
  readonly session: Signal<Session | null>;
  readonly status: Signal<SyncStatus>;
  readonly partitions: Signal<readonly Partition[]>;
  readonly revision: Signal<number>;
  readonly language: Signal<"vi" | "en">;
  place: WorkPlace | null;
  state: SyncState;
  summary: Summary | null;
  updateReady: boolean;
}

export async function createEngine(parts: EngineParts): Promise<Engine> {
  const { platform, sessions } = parts;
  const live = makeLive((await sessions.language()) ?? "vi");
  const client = createClient({ fetch: platform.fetch, language: () => live.language.value });
  const update = registerWorker(() => {
    live.updateReady = true;
    tell(live);
  });
  await parts.loadLocale(live.language.value);
  const stored = await sessions.session();
  if (stored) {
    await enter(parts, client, live, stored);
    live.place?.loop.ask("timer");
  }
  return {
    session: live.session,
    status: live.status,
    partitions: live.partitions,
    revision: live.revision,
    language: live.language,
    ...signing(parts, client, live),
    ...recording(parts, live),
    ...reading(live),
    ...asking(client),
    sendNow: () => live.place?.loop.ask("person"),
    applyUpdate: () => update.apply(),
    storage: reportStorage,
    setLanguage: async (language) => {
      await parts.loadLocale(language);
      await sessions.keepLanguage(language);
      live.language.value = language;
    },
  };
}

function makeLive(language: "vi" | "en"): Live {
  return {
    session: signal<Session | null>(null),
    status: signal(makeStatus(INITIAL, null, false)),
    partitions: signal<readonly Partition[]>([]),
    revision: signal(0),
    language: signal(language),
    place: null,
    state: INITIAL,
    summary: null,
    updateReady: false,
  };
}

function tell(live: Live): void {
  live.status.value = makeStatus(live.state, live.summary, live.updateReady);
  const partitions = live.summary?.partitions ?? [];
  // A new list only when it differs, so that screens do not draw again on every tick.
  if (JSON.stringify(partitions) !== JSON.stringify(live.partitions.value)) live.partitions.value = partitions;
}

async function enter(parts: EngineParts, client: Client, live: Live, session: Session): Promise<void> {
  const { platform } = parts;
  live.place = await openWorkPlace({
    platform,
    client,
    session,
    revision: live.revision,
    onStatus: (state, summary) => {
      live.state = state;
      live.summary = summary;
      tell(live);
    },
    onWipe: () => wipe(parts, live),
  });
  live.session.value = session;
}

async function leave(parts: EngineParts, live: Live): Promise<void> {
  const place = live.place;
  live.place = null;
  live.state = INITIAL;
  live.summary = null;
  await place?.close();
  await parts.sessions.dropSession();
  live.session.value = null;
  live.revision.value += 1;
  tell(live);
}

/** Lost or retired, and handed in: nothing of this user stays on the phone (P25). */
async function wipe(parts: EngineParts, live: Live): Promise<void> {
  const place = live.place;
  if (!place) return;
  await leave(parts, live);
  await place.store.destroy();
  await parts.sessions.forgetDevice(place.session.user.username);
}

function signing(parts: EngineParts, client: Client, live: Live): Pick<Engine, "signIn" | "signOut"> {
  return {
    signIn: async (username, password) => {
      const outcome = await openSession(client, parts.sessions, username, password);
      if (!outcome.ok) return outcome;
      const session = outcome.value;
      await parts.sessions.keepSession(session);
      if (live.place?.session.device.id !== session.device.id) {
        await live.place?.close();
        await enter(parts, client, live, session);
      } else {
        live.session.value = session;
      }
      live.place?.loop.signedIn();
      void askPersistence();
      return outcome;
    },
    signOut: async () => {
      const waiting = (await live.place?.store.summary())?.waitingRecords ?? 0;
      if (waiting > 0) return problem("unsent-remain");
      await closeSession(client);
      await leave(parts, live);
      return { ok: true, value: null };
    },
  };
}

/** The screens have the sentences of a code that this phone finds itself. */
function problem(code: string): Outcome<never> {
  return { ok: false, problem: { code, title: "", detail: "", status: 0 } };
}

function recording({ platform }: EngineParts, live: Live): Pick<Engine, "newId" | "nowMs" | "save"> {
  const { clock, chance } = platform;
  const nowMs = () => clock.wallMs() + (live.place?.offsetMs() ?? 0);
  const moment = (): SaveMoment => {
    const learnt = live.summary?.clock ?? null;
    const wall_ms = clock.wallMs();
    return {
      nowMs: nowMs(),
      newTag: () => newTag(chance),
      observed: {
        wall_ms,
        offset_ms: learnt?.offset_ms ?? null,
        offset_age_ms: learnt ? wall_ms - learnt.learnt_wall_ms : null,
        mono_ms: clock.monoMs(),
      },
    };
  };
  return {
    newId: () => uuidv7(nowMs(), chance),
    nowMs,
    save: async (changes) => {
      if (!live.place) return problem("not-signed-in");
      const result = await live.place.store.save(changes, moment());
      if (result !== "saved") return problem(result);
      await live.place.changed();
      return { ok: true, value: null };
    },
  };
}

type Reading = Pick<Engine, "record" | "children" | "list" | "openPatrol" | "areas">;

function reading(live: Live): Reading {
  const flight = () => live.place?.flightN() ?? null;
  return {
    record: async (id) => {
      const row = await live.place?.store.record(id);
      return row ? shownRecord(row, flight()) : null;
    },
    children: async (parent) => {
      const rows = (await live.place?.store.children(parent)) ?? [];
      return rows.map((row) => shownRecord(row, flight()));
    },
    list: async (query) => {
      const rows = (await live.place?.store.list(query)) ?? [];
      return rows.map((row) => shownRecord(row, flight()));
    },
    openPatrol: async () => {
      const row = await live.place?.store.openPatrol();
      return row ? shownRecord(row, flight()) : null;
    },
    areas: async () => (await live.place?.store.areas()) ?? [],
  };
}

function asking(client: Client): Pick<Engine, "get" | "post"> {
  return {
    get: async <T>(path: string, etag: string | null = null) => {
      const reply = await client.send<T>("GET", path, { etag });
      if (!reply.ok) return { ok: false, problem: reply.problem };
      const { status, body, etag: newEtag } = reply.value;
      return { ok: true, value: { unchanged: status === 304, etag: newEtag, body } };
    },
    post: async <T>(path: string, body: BodyInit | object, contentType?: string): Promise<Outcome<T>> => {
      const options = contentType === undefined ? { body } : { body, contentType };
      const reply = await client.send<T>("POST", path, options);
      return reply.ok ? { ok: true, value: reply.value.body as T } : { ok: false, problem: reply.problem };
    },
  };
}
