/** What outlives a page: the databases of one browser profile, its locks and channels, and what a killing does to them. */
import { IDBFactory } from "fake-indexeddb";
import type { Agent } from "./agent.ts";
import { Channels } from "./channels.ts";
import { Locks } from "./locks.ts";
import { watchFactory } from "./watched-factory.ts";

/** device, n, tag, and the hash that the receipt tells. */
export type Acknowledged = readonly [device: string, n: number, tag: string, hash: string | null];

export class Profile {
  readonly factory: IDBFactory;
  readonly locks = new Locks();
  readonly channels = new Channels();
  /** Everything that a stored receipt ever said; no reset and no wipe shortens it. */
  readonly ledger = new Map<string, Acknowledged>();
  /** Ends every transaction as the death of its process does: what is not complete never was. */
  readonly #cut: () => void;
  readonly #agents = new Set<Agent>();
  /** Writes fail as on a phone without space, while this is set. */
  isFull = false;

  constructor(factory: IDBFactory = new IDBFactory()) {
    this.factory = factory;
    this.#cut = watchFactory(factory, {
      onReceipted: ({ device, n, tag, hash }) =>
        this.ledger.set(`${device}.${n}.${tag}.${hash}`, [device, n, tag, hash]),
      isFull: () => this.isFull,
    });
  }

  newAgent(): Agent {
    const agent = { indexedDB: this.factory, isDead: false };
    this.#agents.add(agent);
    return agent;
  }

  /** SIGKILL: no page of this profile runs another line, and nothing of theirs that was not committed is kept. */
  kill(): void {
    for (const agent of this.#agents) agent.isDead = true;
    this.#agents.clear();
    this.#cut();
    this.locks.releaseAll();
    this.channels.closeAll();
  }
}
