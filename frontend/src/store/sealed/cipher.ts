import type { Operation } from "../../sync/core/record.ts";

/** What the store seals its rows with. Asynchronous, as WebCrypto is: the transaction is kept alive meanwhile. */
export interface RowCipher {
  /** `place` binds a row to where it stands: moved to another key, it does not open. */
  seal(place: string, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  /** Rejects with `Locked` where this tab has no key, with `Damaged` where the row is not what was sealed there. */
  open(place: string, sealed: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>>;
  /** An operation sealed to the server as well (P29): what waits is handed in even by whoever has lost the key. */
  readonly box?: Box | undefined;
  /** Told of a row that was changed or damaged, and is passed over where many are read. */
  readonly onDamaged?: (() => void) | undefined;
}

export type Box = (operation: Operation) => Promise<string>;

/** The key is wrapped, and nobody has unlocked it in this tab. */
export class Locked extends Error {
  readonly code = "locked";
}

/** Whatever stands there was changed since, or belongs elsewhere. */
export class Damaged extends Error {
  readonly code = "row-damaged";
}
