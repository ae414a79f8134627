/** What stands below the start button, fetched after it is there. */
import { lazy } from "./lazy.tsx";

export const FirstTour = lazy(async () => (await import("./tour/first-tour.tsx")).FirstTour, true);
export const BrowserHints = lazy(async () => (await import("./browser-hints.tsx")).BrowserHints, true);
export const CameBack = lazy(async () => (await import("./came-back.tsx")).CameBack, true);
export const DraftRows = lazy(async () => (await import("./draft-rows.tsx")).DraftRows, true);
export const LockHint = lazy(async () => (await import("./lock-hint.tsx")).LockHint, true);
export const OnPatrol = lazy(async () => (await import("./on-patrol.tsx")).OnPatrol, true);
export const Pocket = lazy(async () => (await import("./pocket.tsx")).Pocket, true);
export const MyWeek = lazy(async () => (await import("./my-week.tsx")).MyWeek, true);
export const UpdateOffer = lazy(async () => (await import("./update-offer.tsx")).UpdateOffer, true);
export const KeepBoundaries = lazy(async () => (await import("../screens/map/keeper.tsx")).KeepBoundaries, true);
