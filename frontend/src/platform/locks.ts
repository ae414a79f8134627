/** One holder at a time across tabs. Without Web Locks (plain http) the tab itself is the only guard. */
export type Locked = <T>(name: string, work: () => Promise<T>) => Promise<T>;

const queues = new Map<string, Promise<unknown>>();

export const deviceLock: Locked = async (name, work) => {
  const locks = (navigator as Partial<Navigator>).locks;
  if (!locks) return queueInTab(name, work);
  return await locks.request(name, work);
};

/** The same promise within one tab; also what tests use. */
export function queueInTab<T>(name: string, work: () => Promise<T>): Promise<T> {
  const before = queues.get(name) ?? Promise.resolve();
  const result = before.then(work, work);
  queues.set(
    name,
    result.catch(() => undefined),
  );
  return result;
}
