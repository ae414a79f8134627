/** The list of drafts: fetched after the start button is there. */
import { lazy } from "./lazy.tsx";

export const DraftRows = lazy(async () => (await import("./draft-rows.tsx")).DraftRows, true);
