/** Which page's code is running: everything global that the app touches asks here, so that a dead page reaches nothing. */
import { AsyncLocalStorage } from "node:async_hooks";

const running = new AsyncLocalStorage<Agent>();

/** One page of one profile, from its start to its death. */
export class Agent {
  readonly indexedDB: IDBFactory;
  readonly #onDeath = new Set<() => void>();
  #isDead = false;

  constructor(indexedDB: IDBFactory) {
    this.indexedDB = indexedDB;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  run<T>(work: () => T): T {
    return running.run(this, work);
  }

  /** Gives what makes it forget to. */
  atDeath(act: () => void): () => void {
    this.#onDeath.add(act);
    return () => void this.#onDeath.delete(act);
  }

  /** SIGKILL: it never runs another line that reaches anything, and what it held is let go of. */
  kill(): void {
    this.#isDead = true;
    for (const act of this.#onDeath) act();
    this.#onDeath.clear();
  }
}

/** Null outside every page. Throws in what is left of a killed one: its successor's store is not its own. */
export function findAgent(): Agent | null {
  const agent = running.getStore();
  if (agent?.isDead) throw new DOMException("this page was killed", "AbortError");
  return agent ?? null;
}

export function currentAgent(): Agent {
  const agent = findAgent();
  if (!agent) throw new Error("no page is running here");
  return agent;
}

/**
 * Makes the environment of Node that of many pages: `indexedDB` is that of the page whose code is running, and what a
 * page listens to falls silent when it dies.
 */
export function separatePages(): void {
  Object.defineProperty(globalThis, "indexedDB", { configurable: true, get: () => currentAgent().indexedDB });
  const target = Object.getPrototypeOf(IDBRequest.prototype) as EventTarget;
  const add = target.addEventListener;
  target.addEventListener = function (this: EventTarget, type, listener, options) {
    const agent = running.getStore();
    const isOwn = agent === undefined || listener === null || isInternal(this, type);
    add.call(this, type, isOwn ? listener : muted(agent, listener), options);
  };
  const remove = target.removeEventListener;
  target.removeEventListener = function (this: EventTarget, type, listener, options) {
    remove.call(this, type, (listener && mutedListeners.get(listener)) ?? listener, options);
  };
}

const mutedListeners = new WeakMap<object, EventListener>();

function muted(agent: Agent, listener: EventListenerOrEventListenerObject): EventListener {
  const known = mutedListeners.get(listener);
  if (known) return known;
  const made: EventListener = (event) => {
    if (agent.isDead) return;
    if (typeof listener === "function") listener(event);
    else listener.handleEvent(event);
  };
  mutedListeners.set(listener, made);
  return made;
}

const begun = new WeakMap<EventTarget, Set<string>>();

/** The first listener of each type on a transaction is the database's own: upgrades end by it, whoever has died. */
function isInternal(target: EventTarget, type: string): boolean {
  if (!(target instanceof IDBTransaction)) return false;
  const types = begun.get(target) ?? new Set();
  begun.set(target, types);
  return types.size < types.add(type).size;
}
