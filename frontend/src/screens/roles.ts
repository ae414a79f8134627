/** Who sees which screen (`records.md`, roles); the server decides again on every request. */
import type { Engine, Partition, Session } from "../engine/contract.ts";
import { kindOf } from "../i18n/kinds.ts";

export type Role = Session["user"]["role"];

const SEES_FIGURES: readonly Role[] = ["officer", "team_member", "commander", "coordinator", "leader"];
const SEES_FEED: readonly Role[] = SEES_FIGURES.filter((role) => role !== "team_member");
const OVERSEES: readonly Role[] = ["commander", "coordinator"];
const MANAGES_AREAS: readonly Role[] = ["commander", "admin"];

export const seesFigures = (role: Role): boolean => SEES_FIGURES.includes(role);
export const seesFeed = (role: Role): boolean => SEES_FEED.includes(role);
export const managesAreas = (role: Role): boolean => MANAGES_AREAS.includes(role);
/** Sees what the server holds of others' operations. */
export const oversees = (role: Role): boolean => OVERSEES.includes(role);
/** Writes some kind of record, and so decides what becomes of its conflicts. */
export const decides = (role: Role): boolean => records(role) || oversees(role);
export const mayWrite = (role: Role, kind: string): boolean => kindOf(kind)?.writers.includes(role) ?? false;
export const records = (role: Role): boolean => mayWrite(role, "patrol");

/** The unit whose records this user makes: an own area that may be written, a team member's unit, or, before the
 * first sync, the user's own area. */
export function ownUnit(engine: Engine): Pick<Partition, "id" | "name"> | null {
  const own = engine.session.value?.user.areas ?? [];
  const writable = engine.partitions.value.filter((partition) => partition.access === "write");
  return writable.find((unit) => own.some((area) => area.id === unit.id)) ?? writable[0] ?? own[0] ?? null;
}

/** A team member stands for one hamlet: its records are placed there unless another place is chosen. */
export function defaultPlace(engine: Engine): string | null {
  const user = engine.session.value?.user;
  if (user?.role === "team_member" && user.areas[0]) return user.areas[0].id;
  return ownUnit(engine)?.id ?? null;
}
