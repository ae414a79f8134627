/** What outlives a page: the databases of one browser profile, its locks and channels, and what receipts ever said. */
import { IDBFactory } from "fake-indexeddb";
import { Agent } from "./agent.ts";
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
  /** Writes fail as on a phone without space, while this is set. */
  isFull = false;
  /** Answers of the server that are stored, whole. */
  answersTaken = 0;
  #agents: readonly Agent[] = [];

  constructor(factory: IDBFactory = new IDBFactory()) {
    this.factory = factory;
    watchFactory(factory, {
      onReceipted: ({ device, n, tag, hash }) =>
        this.ledger.set(`${device}.${n}.${tag}.${hash}`, [device, n, tag, hash]),
      onAnswered: () => {
        this.answersTaken += 1;
      },
      isFull: () => this.isFull,
    });
  }

  newAgent(): Agent {
    const agent = new Agent(this.factory);
    this.#agents = [...this.#agents.filter((each) => !each.isDead), agent];
    return agent;
  }

  killAll(): void {
    for (const agent of this.#agents) agent.kill();
  }
}
