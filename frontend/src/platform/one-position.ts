/** Where the phone is, asked once when a person wants to see it. Nothing is kept of it. */
export interface Here {
  readonly latDeg: number;
  readonly lonDeg: number;
  readonly accuracyM: number;
}
/** `refused` is the person's or the browser's doing, `unknown` the sky's. */
export type NoPosition = "refused" | "unknown";

const WAIT_MS_MAX = 30_000;

export function askPosition(): Promise<Here | NoPosition> {
  const { geolocation } = navigator as Partial<Navigator>;
  if (!geolocation) return Promise.resolve("refused");
  return new Promise((resolve) => {
    geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({ latDeg: coords.latitude, lonDeg: coords.longitude, accuracyM: Math.round(coords.accuracy) }),
      (fault) => resolve(fault.code === fault.PERMISSION_DENIED ? "refused" : "unknown"),
      { enableHighAccuracy: true, maximumAge: 0, timeout: WAIT_MS_MAX },
    );
  });
}
