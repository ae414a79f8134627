/** Whether this tab is in training: null on the way to a patrol. It is in memory alone, so a reload is always real. */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { Engine } from "../engine/contract.ts";

export interface TrainingMode {
  /** What the screens ask instead of the real one. */
  readonly engine: Engine;
  /** Stands on every screen. */
  readonly Banner: ComponentType;
  /** In the place of a screen that is not for training; null where the screen itself is. */
  readonly insteadOf: (path: string) => ComponentType | null;
  readonly leave: () => void;
}

export const training = signal<TrainingMode | null>(null);
