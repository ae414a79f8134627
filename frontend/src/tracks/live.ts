/** What the screens show of the track that is being kept. */
import { signal } from "@preact/signals";

export interface TrackStatus {
  /** asking: nobody was asked for the position yet; refused: the patrol goes on without a track. */
  readonly phase: "asking" | "watching" | "refused";
  readonly metres: number;
  readonly accuracyM: number | null;
  readonly heardMs: number | null;
}

export const NO_TRACK: TrackStatus = { phase: "asking", metres: 0, accuracyM: null, heardMs: null };

/** Null while no track is kept in this tab. */
export const trackStatus = signal<TrackStatus | null>(null);

/** Somebody has been told why, and says yes or no. */
export const answerAsked = signal<((isAllowed: boolean) => void) | null>(null);
