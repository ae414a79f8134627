/** What waits on a phone whose key is lost: sealed to the server as it was saved, and handed in by whoever signs in. */
import type { Platform } from "../platform/platform.ts";
import { makeFresh, seal } from "../sealing/seal.ts";
import type { DeviceStores, WriteTx } from "../store/schema.ts";
import type { Box } from "../store/sealed/cipher.ts";
import { SEALED_STORES } from "../store/sealed/contents.ts";
import { onDisk } from "../store/sealed/transaction.ts";
import type { SessionStore } from "../store/session-store.ts";
import type { Client } from "../sync/client.ts";
import type { Outcome } from "./contract.ts";
import { problem } from "./live.ts";
import type { WorkPlace } from "./work-place.ts";

const MEDIA_TYPE = "application/vnd.diaban.sealed+json";
const PATH = "/api/v1/sealed";

/** Null while this phone knows no key of the server, or has no secret of its own. */
export async function boxOf(sessions: SessionStore, { chance }: Platform, device: string): Promise<Box | null> {
  const [secret, recipient] = await Promise.all([sessions.deviceKey(), sessions.sealingKey()]);
  if (!secret || !recipient) return null;
  return async (operation) => await seal({ device, secret, recipient }, [operation], await makeFresh(chance));
}

/** Hands in every box in order; then nothing that is here can be opened, and all of it goes. */
export async function recover(client: Client, { store }: WorkPlace): Promise<Outcome<null>> {
  for (let lastN = 0; ; ) {
    const rows = await store.read((tx) => onDisk(tx).objectStore("outbox").getAll(after(lastN)));
    for (const { n, box } of rows) {
      const handedIn = box === undefined ? null : await handIn(client, store.owner.device, n, box);
      if (handedIn && !handedIn.ok) return handedIn;
      lastN = n;
    }
    // Nothing that nobody else has is deleted: it opens by the secret alone, should somebody remember it.
    const unboxed = rows.filter(({ box }) => box === undefined).length;
    if (unboxed > 0) return problem("unboxed-remain", { n: unboxed });
    if (await store.write((tx) => forgetSealed(tx, lastN))) return { ok: true, value: null };
  }
}

interface Brought {
  readonly device?: unknown;
  readonly receipts?: readonly { readonly n?: unknown }[];
}

/** Only our server's own receipt of this operation counts. */
export async function handIn(client: Client, device: string, n: number, box: string): Promise<Outcome<null>> {
  const reply = await client.send<Brought>("POST", PATH, { body: box, contentType: MEDIA_TYPE });
  if (!reply.ok) return { ok: false, problem: reply.problem };
  const { body } = reply.value;
  const isReceipted = body?.device === device && body.receipts?.some((receipt) => receipt.n === n);
  return isReceipted ? { ok: true, value: null } : problem("no-internet");
}

const after = (n: number): IDBKeyRange => IDBKeyRange.lowerBound(n, true);

/** The next number stays; the records of others are asked for anew. False: more was recorded meanwhile. */
async function forgetSealed(tx: WriteTx, lastN: number): Promise<boolean> {
  const disk = onDisk(tx);
  if ((await disk.objectStore("outbox").getKey(after(lastN))) !== undefined) return false;
  for (const name of [...SEALED_STORES, "photos", "cursors"] as DeviceStores) await disk.objectStore(name).clear();
  return true;
}
