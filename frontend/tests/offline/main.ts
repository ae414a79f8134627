/** One phone by request: a JSON object a line in, one a line out, in order. Started by tests/faults/offline_phone.py. */
import "fake-indexeddb/auto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Entry, Phone } from "./phone.ts";
import type { Course } from "./scaled-device.ts";

interface Given {
  readonly course: Course;
  readonly fault: string | null;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly entries: string;
}

let phone: Phone | null = null;

function open(): Phone {
  if (!phone) throw new Error("there is no phone yet");
  return phone;
}

const CALLS: Readonly<Record<string, (given: Given) => Promise<unknown> | unknown>> = {
  start: async ({ course, fault }) => {
    phone = await Phone.start(course, fault);
  },
  live: () => open().live(),
  connect: ({ url, course }) => open().connect(url, course),
  disconnect: () => open().disconnect(),
  signIn: ({ username, password }) => open().signIn(username, password),
  record: ({ entries }) => open().record(JSON.parse(readFileSync(entries, "utf8")) as Entry[]),
  standing: () => open().standing(),
  contents: () => open().contents(),
};

async function run(line: string): Promise<string> {
  try {
    const { call, given } = JSON.parse(line) as { readonly call: string; readonly given: Given };
    const value = await CALLS[call]?.(given);
    if (forgotten.length > 0) throw forgotten.splice(0)[0];
    return JSON.stringify({ value: value ?? null });
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

/** A page that forgets an error is a fault of the app. */
const forgotten: unknown[] = [];
process.on("unhandledRejection", (reason) => forgotten.push(reason));

for await (const line of createInterface({ input: process.stdin, terminal: false })) {
  process.stdout.write(`${await run(line)}\n`);
}
