/** The place for photos in a form: fetched where there is one, and nothing of it on the way to a patrol. */
import { lazy } from "./lazy.tsx";

export const PhotoPart = lazy(async () => (await import("./photo-part.tsx")).PhotoPart);
