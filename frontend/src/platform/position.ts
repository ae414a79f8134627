/** The only door to the position of the device. */
import type { Position } from "../tracks/place.ts";

export type PositionPermission = "granted" | "prompt" | "denied";

export interface PositionDoor {
  /** Without asking anybody. */
  permission(): Promise<PositionPermission>;
  /** The browser may ask for it now. */
  watch(onPosition: (position: Position) => void, onRefused: () => void): () => void;
  /** One more try, where a watch has been silent: some browsers report movement only. */
  ask(onPosition: (position: Position) => void): void;
}

const NEW_AND_EXACT = { enableHighAccuracy: true, maximumAge: 0 } as const;
const ASK_MS_MAX = 10_000;
const MILLION = 1_000_000;

/** No minus zero, which has no canonical text (P14). */
const rounded = (value: number): number => Math.round(value) + 0;

function positionOf({ coords }: GeolocationPosition): Position {
  const { latitude, longitude, accuracy } = coords;
  return {
    lat_e6: rounded(latitude * MILLION),
    lon_e6: rounded(longitude * MILLION),
    accuracy_m: Math.ceil(accuracy) + 0,
  };
}

const isRefusal = (error: GeolocationPositionError): boolean => error.code === error.PERMISSION_DENIED;

export const devicePosition: PositionDoor = {
  permission: async () => {
    if (!("geolocation" in navigator)) return "denied";
    try {
      return (await navigator.permissions.query({ name: "geolocation" })).state;
    } catch {
      // A browser that does not say: then it asks whoever has been told why.
      return "prompt";
    }
  },
  watch: (onPosition, onRefused) => {
    const failed = (error: GeolocationPositionError) => (isRefusal(error) ? onRefused() : undefined);
    const id = navigator.geolocation.watchPosition((found) => onPosition(positionOf(found)), failed, NEW_AND_EXACT);
    return () => navigator.geolocation.clearWatch(id);
  },
  ask: (onPosition) => {
    const how = { ...NEW_AND_EXACT, timeout: ASK_MS_MAX };
    navigator.geolocation.getCurrentPosition(
      (found) => onPosition(positionOf(found)),
      () => undefined,
      how,
    );
  },
};
