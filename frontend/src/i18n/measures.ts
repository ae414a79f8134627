/** Measures with their words. Apart from the kinds: only the screen of figures needs them, and it comes later. */
import source from "../../../sync/measures.json";
import { type Labelled, label } from "./kinds.ts";

export interface Measure extends Labelled {
  readonly measure: string;
  readonly kind: string | null;
  readonly unit: string;
}

export const measures = source.measures as unknown as readonly Measure[];
export const measureLabel = (measure: Measure): string => label(measure);
