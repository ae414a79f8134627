/** Everything that the engine takes from the device, in one argument. */

import type { SpareDoor } from "../spare/contract.ts";
import { type Chance, deviceChance } from "./chance.ts";
import { type Clock, deviceClock } from "./clock.ts";
import { deviceSpares } from "./device-spares.ts";
import { deviceLock, type Locked } from "./locks.ts";
import { devicePage, type Page } from "./page.ts";

export interface Platform {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly lock: Locked;
  readonly page: Page;
  readonly fetch: typeof fetch;
  /** Absent where the browser keeps no files for a site. */
  readonly spares?: SpareDoor | undefined;
}

export function devicePlatform(): Platform {
  return {
    clock: deviceClock,
    chance: deviceChance,
    lock: deviceLock,
    page: devicePage,
    spares: deviceSpares(),
    fetch: (input, init) => globalThis.fetch(input, init),
  };
}
