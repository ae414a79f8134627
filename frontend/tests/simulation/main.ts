/** Phones by request: one JSON object a line in, one a line out, in order. Started by tests/simulation/typescript_phone.py. */
import "fake-indexeddb/auto";
import { createInterface } from "node:readline";
import type { Change } from "../../src/engine/contract.ts";
import { separatePages } from "./agent.ts";
import { type Build, FAULTS, loadBuild, nextVersion } from "./builds.ts";
import { Phone, type PhoneParts } from "./phone.ts";

interface Command {
  readonly call: keyof typeof CALLS;
  readonly phone: number;
  readonly nowMs: number;
  readonly with: never;
}

interface Brought {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly turns: number | null;
}

interface Saving {
  readonly changes: readonly Change[];
  readonly turns: number | null;
}

type Call<Given> = (phone: Phone, given: Given) => Promise<unknown>;

const phones = new Map<number, Phone>();
let made = 0;
// The app packs long bodies where the browser can; the simulation reads them.
Reflect.deleteProperty(globalThis, "CompressionStream");

function keep(phone: Phone): number {
  made += 1;
  phones.set(made, phone);
  return made;
}

/** The version of the source, or one with a fault of that name in it. */
function firstBuild(fault: string | null): Promise<Build> {
  return loadBuild(fault ?? "source", fault === null ? [] : FAULTS[fault]);
}

const CALLS = {
  start: async (_: undefined, { fault, ...parts }: PhoneParts & { fault: string | null }) =>
    keep(await Phone.start(parts, await firstBuild(fault))),
  openTab: async (phone: Phone) => keep(phone.openTab()),
  clone: async (phone: Phone) => keep(await phone.clone()),
  update: async (phone: Phone, { schema }: { schema: number }) =>
    await phone.update(await loadBuild(`version ${schema}`, nextVersion(schema))),
  save: async (phone: Phone, { changes, turns }: Saving) =>
    turns === null ? await phone.save(changes) : await phone.saveTorn(changes, turns),
  buildRequest: async (phone: Phone) => await phone.buildRequest(),
  arrive: async (phone: Phone, { status, headers, body, turns }: Brought) => {
    const bytes = new Uint8Array(Buffer.from(body, "base64"));
    if (turns !== null) return await phone.arriveTorn(status, headers, bytes, turns);
    await phone.arrive(status, headers, bytes);
    return null;
  },
  lose: async (phone: Phone) => await phone.lose(),
  kill: async (phone: Phone) => await phone.kill(),
  setClock: async (phone: Phone, { offsetMs }: { offsetMs: number }) => phone.setClock(offsetMs),
  setFull: async (phone: Phone, { isFull }: { isFull: boolean }) => phone.setFull(isFull),
  outbox: async (phone: Phone) => await phone.outbox(),
  isOffering: async (phone: Phone) => await phone.isOffering(),
  acknowledged: async (phone: Phone) => phone.acknowledged(),
  copies: async (phone: Phone) => await phone.copies(),
  shown: async (phone: Phone, { record }: { record: string }) => await phone.shown(record),
  partitions: async (phone: Phone) => await phone.partitions(),
  isComplete: async (phone: Phone, { partition }: { partition: string }) => await phone.isComplete(partition),
  needsSignIn: async (phone: Phone) => await phone.needsSignIn(),
  signIn: async (phone: Phone) => await phone.signIn(),
  isWiped: async (phone: Phone) => await phone.isWiped(),
} as const;

async function answer({ call, phone, nowMs, with: given }: Command): Promise<unknown> {
  if (call === "start") return await CALLS.start(undefined, given);
  const found = phones.get(phone);
  if (!found) throw new Error(`there is no phone ${phone}`);
  await found.pass(nowMs);
  return await (CALLS[call] as Call<never>)(found, given);
}

/** A phone that is done with is forgotten with its whole profile. */
function close({ phone }: { readonly phone: number }): null {
  phones.delete(phone);
  return null;
}

async function run(line: string): Promise<string> {
  try {
    const command = JSON.parse(line) as Command | { readonly call: "close"; readonly phone: number };
    const value = command.call === "close" ? close(command) : await answer(command);
    // Let go of, or asked for its ledger, is also a phone whose schedule has failed already.
    if (command.call === "close") forgotten.length = 0;
    if (forgotten.length > 0 && command.call !== "acknowledged") throw forgotten.splice(0)[0];
    return JSON.stringify({ value: value ?? null });
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

/** A page that forgets an error is a fault of the app. */
const forgotten: unknown[] = [];
process.on("unhandledRejection", (reason) => forgotten.push(reason));

separatePages();
for await (const line of createInterface({ input: process.stdin, terminal: false })) {
  process.stdout.write(`${await run(line)}\n`);
}
