/** BroadcastChannel between the pages of one profile: to all others of that name, a task later, never to itself. */
type Listener = (message: unknown) => void;

export class Channels {
  #byName = new Map<string, Set<Listener>>();

  open(name: string, onMessage: Listener): { send(message: unknown): void; close(): void } {
    const all = this.#byName;
    const members = all.get(name) ?? new Set();
    all.set(name, members.add(onMessage));
    return {
      send: (message) => {
        for (const member of members)
          if (member !== onMessage) setImmediate(() => members.has(member) && member(message));
      },
      close: () => void members.delete(onMessage),
    };
  }

  closeAll(): void {
    for (const members of this.#byName.values()) members.clear();
    this.#byName = new Map();
  }
}
