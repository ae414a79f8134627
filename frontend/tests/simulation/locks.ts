/** Web Locks as the standard has them, exclusive mode: first come first served, and freed when their page dies. */
import { currentAgent } from "./agent.ts";

interface Claim {
  readonly grant: () => void;
}

export class Locks {
  /** By name; the first claim is the holder's. */
  readonly #queues = new Map<string, Claim[]>();

  /** The same shape as the app's own `Locked`. */
  readonly request = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const agent = currentAgent();
    return new Promise<T>((resolve, reject) => {
      const claim: Claim = {
        // A lock is granted by a task of its own, never within the call that asked for it, and it is the page that asked
        // which goes on: the one that let go of it may die any moment.
        grant: () =>
          void setImmediate(() => agent.isDead || agent.run(() => work().then(resolve, reject).finally(release))),
      };
      const release = () => {
        survive();
        this.#leave(name, claim);
      };
      const survive = agent.atDeath(release);
      this.#enter(name, claim);
    });
  };

  #enter(name: string, claim: Claim): void {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    queue.push(claim);
    if (queue.length === 1) claim.grant();
  }

  #leave(name: string, claim: Claim): void {
    const queue = this.#queues.get(name) ?? [];
    const at = queue.indexOf(claim);
    if (at >= 0) queue.splice(at, 1);
    if (at === 0) queue[0]?.grant();
  }
}
