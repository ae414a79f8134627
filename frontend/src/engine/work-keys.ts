/** The keys of whoever is at work: at hand where no lock is set, or once they have unlocked it in this tab. */
import { lockedCipher, openCipher } from "../keys/data-key.ts";
import { isLocking, type Keyring, keysOf, newKeyring, openKey, pointOf } from "../keys/keyring.ts";
import type { RowCipher } from "../store/sealed/cipher.ts";
import type { SessionStore } from "../store/session-store.ts";

export interface WorkKeys {
  readonly keyring: Keyring;
  readonly cipher: RowCipher;
  /** What is recorded is sealed, and nothing is opened. */
  readonly isLocked: boolean;
}

/** Null where the browser gives no crypto (an address that is neither https nor localhost): rows stand as they are. */
export async function openKeys(sessions: SessionStore, device: string): Promise<WorkKeys | null> {
  if (!(crypto as Partial<Crypto>).subtle) return null;
  const stored = await sessions.keyring(device);
  // Two tabs may both be the first: the keyring that stands is everybody's.
  const keyring = stored ?? (await sessions.addKeyring(device, await newKeyring()));
  const raw = openKey(keyring);
  return raw ? await openedBy(keyring, raw) : lockedKeys(keyring);
}

/** Rejects with `Damaged` where it is not the key of this keyring. */
export async function openedBy(keyring: Keyring, raw: Uint8Array<ArrayBuffer>): Promise<WorkKeys> {
  return { keyring, cipher: openCipher(await keysOf(keyring, raw)), isLocked: false };
}

export function lockedKeys(keyring: Keyring): WorkKeys {
  return { keyring, cipher: lockedCipher(keyring.generation, pointOf(keyring)), isLocked: isLocking(keyring) };
}
