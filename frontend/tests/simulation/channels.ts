/** BroadcastChannel between the pages of one profile: to all others of that name, a task later, never to itself. */
import { type Agent, currentAgent } from "./agent.ts";

type Listener = (message: unknown) => void;

export class Channels {
  readonly #members = new Map<string, Map<Listener, Agent>>();

  open(name: string, onMessage: Listener): { send(message: unknown): void; close(): void } {
    const agent = currentAgent();
    const members = this.#members.get(name) ?? new Map<Listener, Agent>();
    this.#members.set(name, members.set(onMessage, agent));
    const close = () => void members.delete(onMessage);
    agent.atDeath(close);
    return { send: (message) => send(members, onMessage, message), close };
  }
}

function send(members: Map<Listener, Agent>, from: Listener, message: unknown): void {
  for (const [listener, agent] of members) {
    if (listener !== from) setImmediate(() => members.has(listener) && agent.run(() => listener(message)));
  }
}
