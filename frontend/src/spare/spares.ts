/** The page's side of the spare copy: asks the worker, and never waits for it for ever. */
import { scriptUrl } from "../platform/script-url.ts";
import type { Ask, Found, Kept, Spare, Spares } from "./contract.ts";
import { openKeeping } from "./keep.ts";
import { lostSession, outEntries } from "./lost-session.ts";
import workerUrl from "./spare-worker.ts?worker&url";

/** A worker that is silent for so long is given up; nobody waits for another one within the time after it. */
const ANSWER_MS_MAX = 5_000;
const REST_MS = 60_000;

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: string;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: DOMException): void;
}

let opened: Spares | null = null;

/** One worker for the whole page. */
export function openSpares(): Spares {
  opened ??= sparesOf(askWorker());
  return opened;
}

function sparesOf(ask: AskWorker): Spares {
  const owners = async () => (await ask({ ask: "owners" })) as Found[];
  return {
    lostSession: async (sessions) => await lostSession(await owners(), sessions),
    nobodyAtWork: async () => {
      for (const each of await owners()) await spareOf(ask, each.owner.session.device.id).append(outEntries(each));
    },
    keep: (store, owner, nowMs) => openKeeping(spareOf(ask, store.owner.device), store, owner, nowMs),
  };
}

type AskWorker = (ask: Ask) => Promise<unknown>;

function spareOf(ask: AskWorker, device: string): Spare {
  return {
    read: async () => (await ask({ ask: "read", device })) as Kept,
    append: async (entries) => (await ask({ ask: "append", device, entries })) as number,
    reserve: async () => (await ask({ ask: "reserve", device })) as number,
  };
}

function askWorker(): AskWorker {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let asked = 0;
  let isResting = false;

  const rest = () => {
    isResting = true;
    setTimeout(() => {
      isResting = false;
    }, REST_MS);
    giveUp();
  };
  const giveUp = () => {
    worker?.terminate();
    worker = null;
    for (const { reject } of waiting.values()) reject(new DOMException("no answer", "TimeoutError"));
    waiting.clear();
  };
  const start = () => {
    const started = new Worker(scriptUrl(workerUrl), { type: "module" });
    started.onmessage = ({ data }: MessageEvent<Answer>) => {
      const { resolve, reject } = waiting.get(data.id) ?? {};
      waiting.delete(data.id);
      isResting = false;
      if (data.failure === undefined) resolve?.(data.value);
      else reject?.(new DOMException("the spare copy", data.failure));
    };
    started.onerror = giveUp;
    return started;
  };
  return (ask) =>
    new Promise((resolve, reject) => {
      // Somebody who signs in waits for it once more: without it they would begin anew beside what they have.
      if (isResting && ask.ask !== "owners") return reject(new DOMException("no answer", "TimeoutError"));
      worker ??= start();
      asked += 1;
      const id = asked;
      waiting.set(id, { resolve, reject });
      setTimeout(() => waiting.has(id) && rest(), ANSWER_MS_MAX);
      worker.postMessage({ id, ask });
    });
}
