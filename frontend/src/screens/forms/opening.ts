/** What a form takes from the moment it was opened, the id of its record too; it must not move while someone fills it in. */
import { useState } from "preact/hooks";
import type { Engine } from "../../engine/contract.ts";
import { defaultPlace, ownUnit } from "../roles.ts";

export function useOpening(engine: Engine) {
  return useState(() => ({
    id: engine.newId(),
    nowMs: engine.nowMs(),
    unit: ownUnit(engine),
    place: defaultPlace(engine),
  }))[0];
}
