/** Which page's code is running: everything global that the app touches asks here, so that a dead page reaches nothing. */
import { AsyncLocalStorage } from "node:async_hooks";

const running = new AsyncLocalStorage<Agent>();

/** One page of one profile, from its start to its death. */
export class Agent {
  readonly indexedDB: IDBFactory;
  readonly #onDeath = new Set<() => void>();
  readonly #muted = new WeakMap<object, EventListener>();
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

  /** The listener, silent after the death of this page. */
  muted(listener: EventListenerOrEventListenerObject): EventListener {
    const known = this.#muted.get(listener);
    if (known) return known;
    const made: EventListener = (event) => {
      if (this.#isDead) return;
      if (typeof listener === "function") listener(event);
      else listener.handleEvent(event);
    };
    this.#muted.set(listener, made);
    return made;
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
  const { addEventListener, removeEventListener } = target;
  target.addEventListener = function (this: EventTarget, type, listener, options) {
    const agent = running.getStore();
    const isMuted = agent !== undefined && listener !== null && !isInternal(this, type, listener);
    addEventListener.call(this, type, isMuted ? agent.muted(listener) : listener, options);
  };
  target.removeEventListener = function (this: EventTarget, type, listener, options) {
    const agent = running.getStore();
    removeEventListener.call(this, type, agent && listener ? agent.muted(listener) : listener, options);
  };
}

const begun = new WeakMap<EventTarget, Set<string>>();

/** The database's own: the first of each type on a transaction, and what begins the next one. They outlive pages. */
function isInternal(target: EventTarget, type: string, listener: EventListenerOrEventListenerObject): boolean {
  if (!(target instanceof IDBTransaction)) return false;
  if (typeof listener === "function" && listener.name.endsWith("processTransactions")) return true;
  const types = begun.get(target) ?? new Set();
  begun.set(target, types);
  return types.size < types.add(type).size;
}
