/** Web Locks as the standard has them, exclusive mode: first come first served, and freed when their page dies. */
import { currentAgent } from "./agent.ts";

export class Locks {
  #queues = new Map<string, (() => void)[]>();

  /** The same shape as the app's own `Locked`. */
  readonly request = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    currentAgent();
    const queues = this.#queues;
    return new Promise<T>((resolve, reject) => {
      const grant = () =>
        // A lock is granted by a task of its own, never within the call that asked for it.
        void setImmediate(() => {
          const held = queues === this.#queues ? work() : Promise.reject(new DOMException("killed", "AbortError"));
          held.then(resolve, reject).finally(() => this.#next(queues, name));
        });
      const queue = queues.get(name);
      if (queue) queue.push(grant);
      else {
        queues.set(name, []);
        grant();
      }
    });
  };

  #next(queues: Map<string, (() => void)[]>, name: string): void {
    const next = queues.get(name)?.shift();
    if (next) next();
    else queues.delete(name);
  }

  /** Every holder and everyone who waits is dead; what they still do touches only the queues that they knew. */
  releaseAll(): void {
    this.#queues = new Map();
  }
}
