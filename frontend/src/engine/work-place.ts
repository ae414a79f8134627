/** One signed-in user at work on this phone: their store, their loop, and what the screens watch of both. */
import type { Signal } from "@preact/signals";
import type { Platform } from "../platform/platform.ts";
import { type DeviceStore, openDeviceStore, type Summary } from "../store/device-store.ts";
import type { Client } from "../sync/client.ts";
import { type Loop, startLoop } from "../sync/loop.ts";
import { INITIAL, type SyncState } from "../sync/state.ts";
import { refreshAreas } from "./areas.ts";
import type { Session } from "./contract.ts";

/** How long a phone that was reported lost may go on handing in its outbox before it is wiped (P25). */
const LOST_GRACE_MS = 60_000;

export interface WorkPlace {
  readonly session: Session;
  readonly store: DeviceStore;
  readonly loop: Loop;
  /** The largest `n` on its way, or null. */
  flightN(): number | null;
  offsetMs(): number | null;
  /** Read the areas again with the next exchange, however young they are. */
  wantAreas(): void;
  /** After a local write: this tab, the other tabs, the server. */
  changed(): Promise<void>;
  close(): Promise<void>;
}

export interface WorkPlaceParts {
  readonly platform: Platform;
  readonly client: Client;
  readonly session: Session;
  readonly revision: Signal<number>;
  readonly onStatus: (state: SyncState, summary: Summary | null) => void;
  /** The server wants this phone's copies gone. */
  readonly onWipe: () => Promise<void>;
}

export async function openWorkPlace(parts: WorkPlaceParts): Promise<WorkPlace> {
  const { platform, client, session, revision } = parts;
  const store = openDeviceStore({ device: session.device.id, user: session.user });
  let summary: Summary = await store.summary();
  let state = INITIAL;
  let flightN: number | null = null;
  let areAreasWanted = false;
  let cancelWipe: (() => void) | null = null;

  const tell = () => parts.onStatus(state, summary);
  const refresh = async (changed: boolean) => {
    summary = await store.summary();
    if (changed) revision.value += 1;
    tell();
  };
  const channel = platform.page.channel(`diaban-${session.device.id}`, (changed) => void refresh(changed === true));
  const announce = async (changed: boolean) => {
    await refresh(changed);
    channel.send(changed);
  };
  const nowMs = () => platform.clock.wallMs() + (summary.clock?.offset_ms ?? 0);
  const wipeIfAsked = async (device: Session["device"]["state"]) => {
    if (device === "active") return;
    if (device === "lost") cancelWipe ??= platform.page.after(LOST_GRACE_MS, () => void parts.onWipe());
    if (summary.waitingRecords === 0) await parts.onWipe();
  };
  const updateAreas = async () => {
    const unit = unitOf(summary, session);
    if (unit === undefined) return;
    const isWanted = areAreasWanted;
    areAreasWanted = false;
    const outcome = await refreshAreas(store, client, unit, { nowMs: nowMs(), isWanted });
    if (outcome === "failed") areAreasWanted ||= isWanted;
    if (outcome === "changed") await announce(true);
  };
  const loop = startLoop({
    platform,
    client,
    store,
    nowMs,
    onFlight: (n) => {
      if (n === flightN) return;
      flightN = n;
      revision.value += 1;
    },
    onState: (next) => {
      state = next;
      tell();
    },
    onAnswer: async ({ device, changed }) => {
      await announce(changed);
      await updateAreas();
      await wipeIfAsked(device);
    },
  });
  tell();
  return {
    session,
    store,
    loop,
    flightN: () => flightN,
    offsetMs: () => summary.clock?.offset_ms ?? null,
    wantAreas: () => {
      areAreasWanted = true;
    },
    changed: async () => {
      await announce(true);
      loop.ask("save");
    },
    close: async () => {
      cancelWipe?.();
      loop.stop();
      channel.close();
      await store.close();
    },
  };
}

/** The unit that records are made for: a team member is assigned to a quarter, but writes into its commune. */
function unitOf({ partitions }: Summary, session: Session): string | undefined {
  const writable = partitions.filter((partition) => partition.access === "write");
  return writable.length === 1 ? writable[0]?.id : session.user.areas[0]?.id;
}
