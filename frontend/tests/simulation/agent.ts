/** Which page's code is running: everything global that the app touches asks here, so that a dead page reaches nothing. */
import { AsyncLocalStorage } from "node:async_hooks";

/** One page of one profile, from its start to its death. */
export interface Agent {
  readonly indexedDB: IDBFactory;
  isDead: boolean;
}

const running = new AsyncLocalStorage<Agent>();

export function runAs<T>(agent: Agent, work: () => T): T {
  return running.run(agent, work);
}

/** Throws in what is left of a killed page: it must not reach a store that its successor has opened. */
export function currentAgent(): Agent {
  const agent = running.getStore();
  if (!agent) throw new Error("no page is running here");
  if (agent.isDead) throw new DOMException("this page was killed", "AbortError");
  return agent;
}

/** `indexedDB` is then that of the page whose code is running. */
export function giveEachAgentItsOwnIndexedDB(): void {
  Object.defineProperty(globalThis, "indexedDB", { configurable: true, get: () => currentAgent().indexedDB });
}
