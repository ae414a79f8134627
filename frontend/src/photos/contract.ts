/** What the screens may ask of the photos (P23). The code behind it is fetched with the first photo. */
import type { Change, DraftName, Outcome } from "../engine/contract.ts";
import type { PhotoParent } from "../store/photos.ts";

export type { PhotoParent };

/**
 * draft: taken for a form that is not saved; waiting, sending, received: on its way, "received" once the server has
 * every byte; refused: a person has to decide; elsewhere: another phone's, and this one cannot know; missing: another
 * phone's, and the server says that it has not come.
 */
export type PhotoViewState = "draft" | "waiting" | "sending" | "received" | "refused" | "elsewhere" | "missing";

/** One photo as it is shown. */
export interface PhotoView {
  readonly id: string;
  readonly state: PhotoViewState;
  /** Why it was refused, or put off. */
  readonly code: string | null;
  readonly sha256: string | null;
  readonly bytes: number;
  readonly sentBytes: number;
  readonly takenMs: number | null;
  readonly caption: string | null;
  /** No record has it, not yet or no more: it may go without a reason. */
  readonly isLoose: boolean;
}

/** Of this phone's own photos. */
export interface PhotoTotals {
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly refused: number;
  readonly received: number;
}

export interface Photos {
  /**
   * Shrinks and stores one picture after the other; each that is stored stays, whatever becomes of the next.
   * `onProgress` is told how many are done.
   */
  add(files: readonly File[], to: PhotoParent, onProgress: (done: number) => void): Promise<Outcome<null>>;
  /** Below a record, or taken for one that is not saved; oldest first. */
  list(of: { readonly record: string } | { readonly draft: string }): Promise<readonly PhotoView[]>;
  /** What a person has to look at: refused, or taken for a form that was never saved. */
  attention(): Promise<readonly PhotoView[]>;
  /** The picture itself: this phone's, else the server's. */
  picture(photo: Pick<PhotoView, "id" | "sha256">, size: "full" | "thumb"): Promise<Outcome<Blob>>;
  /** The changes of a form and the photos taken for its record, in one transaction. */
  saveWithDrafts(
    changes: readonly Change[],
    to: { readonly record: string; readonly partition: string },
    draft?: DraftName,
  ): Promise<Outcome<null>>;
  retry(id: string): Promise<void>;
  /** Voids the photo's record with a reason. */
  remove(id: string, reason: string): Promise<Outcome<null>>;
  /** One that no record has, without a reason: of a form, or of an area that was lost. */
  dropLoose(id: string): Promise<void>;
  totals(): Promise<PhotoTotals>;
}
