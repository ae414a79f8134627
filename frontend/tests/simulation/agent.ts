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

/** `indexedDB` is then that of the page whose code is running. */
export function giveEachAgentItsOwnIndexedDB(): void {
  Object.defineProperty(globalThis, "indexedDB", { configurable: true, get: () => currentAgent().indexedDB });
}
