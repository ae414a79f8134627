/** The only door to the device's clocks. */
export interface Clock {
  /** Milliseconds since 1970 as the device believes; may be wrong by years. */
  wallMs(): number;
  /** Milliseconds that only ever grow while the page lives. */
  monoMs(): number;
}

export const deviceClock: Clock = {
  wallMs: () => Date.now(),
  monoMs: () => Math.floor(performance.now()),
};
