/** One round trip: the front of the outbox out, receipts and records in, all of it stored before it counts (P13). */

import { uuidv7 } from "../platform/chance.ts";
import type { Platform } from "../platform/platform.ts";
import type { DeviceStore } from "../store/device-store.ts";
import type { Batch } from "../store/outbox.ts";
import { readStanding, type Standing } from "../store/standing.ts";
import { type Client, type Failed, failed } from "./client.ts";
import { type Answer, parseAnswer, type Request } from "./core/exchange.ts";
import { BODY_BYTES_MAX, PROTOCOL, PULL_RECORDS } from "./core/limits.ts";
import type { Failure } from "./state.ts";

/** Room in a body for everything that is not an operation: cursors of every partition, for one. */
const ENVELOPE_BYTES_MAX = 256 * 1024;

export interface RoundParts {
  readonly platform: Platform;
  readonly client: Client;
  readonly store: DeviceStore;
  /** Told the largest `n` on its way, and null when it has come back. */
  readonly onFlight: (lastN: number | null) => void;
}

/** What an answer meant, once it was stored. */
export interface News {
  readonly device: Answer["device"]["state"];
  /** Something that is shown may have changed. */
  readonly changed: boolean;
}

export type RoundResult =
  | { readonly ok: true; readonly more: boolean; readonly news: News }
  | { readonly ok: false; readonly failure: Failure };

export async function runRound(parts: RoundParts, batchMax: number): Promise<RoundResult> {
  const { platform, client, store, onFlight } = parts;
  const batch = await store.batch(batchMax, BODY_BYTES_MAX - ENVELOPE_BYTES_MAX);
  const before = await store.read(readStanding);
  const sentMs = platform.clock.wallMs();
  const request: Request = {
    protocol: PROTOCOL,
    device: store.owner.device,
    batch: uuidv7(sentMs, platform.chance),
    // A clock that fell back to 1970, under an offset learnt when it ran ahead, must not be a reason to refuse (P12).
    now: Math.max(0, sentMs + before.offsetMs),
    holds: batch.left,
    operations: batch.operations,
    // A phone pushes first: a restored server's copies are worth reading once it has again what this phone made.
    cursors: batch.isOffering ? {} : cursorsOf(before),
    pull: PULL_RECORDS,
  };
  onFlight(batch.operations.at(-1)?.n ?? null);
  try {
    const reply = await client.send("POST", "/api/v1/sync", { body: request });
    if (!reply.ok) return { ok: false, failure: failureOf(reply) };
    const answer = parseAnswer(reply.value.body);
    if (!answer) return { ok: false, failure: failureOf(failed("stranger")) };
    const changed = await takeIn(parts, answer, sentMs);
    const more = hasMore({ request, batch, before }, answer, await store.read(readStanding));
    return { ok: true, more, news: { device: answer.device.state, changed } };
  } finally {
    onFlight(null);
  }
}

async function takeIn({ platform, store }: RoundParts, answer: Answer, sentMs: number): Promise<boolean> {
  const wallMs = platform.clock.wallMs();
  // The server read its clock about half-way through.
  const offsetMs = answer.now - Math.round((sentMs + wallMs) / 2);
  return await store.apply(answer, { wallMs, offsetMs });
}

/** Every partition that is listed, from where it stands; a first contact knows none and sends `{}`. */
function cursorsOf({ partitions, cursors }: Standing): Record<string, string | null> {
  const places = new Map(cursors.map((row) => [row.partition, row.cursor]));
  return Object.fromEntries(partitions.map(({ id }) => [id, places.get(id) ?? null]));
}

interface Asked {
  readonly request: Request;
  readonly batch: Batch;
  readonly before: Standing;
}

/** Whether to ask again at once. Each reason is progress of this very round, so that it cannot go on for ever. */
function hasMore({ request, batch, before }: Asked, answer: Answer, after: Standing): boolean {
  const pulls = Object.values(answer.pull);
  const isNew = ({ id }: { id: string }) => !batch.isOffering && !Object.hasOwn(request.cursors, id);
  const isSending = answer.receipts.length > 0 && after.unsent + after.offered > 0;
  const isOfferingNow = before.offered === 0 && after.offered > 0;
  return (
    pulls.some((pulled) => pulled.more || pulled.reset) || answer.partitions.some(isNew) || isSending || isOfferingNow
  );
}

function failureOf({ problem, retryAfterMs, from }: Failed): Failure {
  return { code: problem.code, status: problem.status, retryAfterMs, from };
}
