/** The stand-in of Web Locks between tabs: who goes on when a lock is let go of, and when a page dies. */
import { expect, it } from "vitest";
import { Agent, currentAgent } from "./agent.ts";
import { Locks } from "./locks.ts";
import { settle } from "./settling.ts";

/** Two pages ask for the same lock; the first works until it is told to end. */
function twoPages() {
  const locks = new Locks();
  const [first, second] = [new Agent(indexedDBOfNobody), new Agent(indexedDBOfNobody)];
  let end: () => void = () => undefined;
  const work = new Promise<void>((resolve) => {
    end = resolve;
  });
  const seen: Agent[] = [];
  void first.run(() => locks.request("sync", () => work));
  void second.run(() => locks.request("sync", async () => void seen.push(currentAgent())));
  return { first, second, end, seen };
}

const indexedDBOfNobody = null as unknown as IDBFactory;

it("lets the page that asked go on, though the one that let go of the lock dies", async () => {
  const { first, second, end, seen } = twoPages();
  await settle();
  expect(seen).toEqual([]);
  first.run(end);
  await Promise.resolve();
  await Promise.resolve();
  first.kill();
  await settle();
  expect(seen).toEqual([second]);
});

it("frees the lock of a page that dies at work", async () => {
  const { first, second, seen } = twoPages();
  await settle();
  first.kill();
  await settle();
  expect(seen).toEqual([second]);
});
