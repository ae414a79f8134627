/** Seals what comes on standard input as a phone would, for tests of the server: `{device, secret, recipient, operations}`. */
import { text } from "node:stream/consumers";
import { importDeviceKey } from "../src/platform/device-key.ts";
import { makeFresh, seal } from "../src/sealing/seal.ts";
import type { SealingKey } from "../src/store/session-store.ts";
import type { Operation } from "../src/sync/core/record.ts";

interface Given {
  readonly device: string;
  readonly secret: string;
  readonly recipient: SealingKey;
  readonly operations: readonly Operation[];
}

const given = JSON.parse(await text(process.stdin)) as Given;
const secret = await importDeviceKey(given.secret);
if (!secret) throw new Error("no crypto");
const chance = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
process.stdout.write(await seal({ ...given, secret }, given.operations, await makeFresh(chance)));
