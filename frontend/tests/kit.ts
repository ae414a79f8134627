/** Named people, a phone of its own for each test, and a server's answers made by hand. */
import "fake-indexeddb/auto";
import type { WorkKeys } from "../src/engine/work-keys.ts";
import { importDataKey, newDataKey, newPair, openCipher, unlocked } from "../src/keys/data-key.ts";
import { newKeyring } from "../src/keys/keyring.ts";
import type { Page } from "../src/platform/page.ts";
import { type DeviceStore, openDeviceStore } from "../src/store/device-store.ts";
import type { SaveMoment } from "../src/store/save.ts";
import type { RowCipher } from "../src/store/sealed/cipher.ts";
import type { Answer, Pulled } from "../src/sync/core/exchange.ts";
import type { Receipt, ServerRecord } from "../src/sync/core/record.ts";
import type { Value } from "../src/sync/core/value.ts";

export const NOW = 1_764_000_000_000;
export const CAI_KHE = "00000000-0000-4000-8000-000000031120";
export const PHONG_DIEN = "00000000-0000-4000-8000-000000031299";
export const LAN = { id: "00000000-0000-4000-8000-00000000000a", name: "Nguyễn Thị Lan" };
export const MINH = { id: "00000000-0000-4000-8000-00000000000b", name: "Trần Văn Minh" };
export const OTHER_DEVICE = "minhminhminhminh";

const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
let devices = 0;
let ids = 0;

export function newDevice(): string {
  devices += 1;
  return `lan${"a".repeat(11)}${LETTERS.charAt(devices % 32)}${LETTERS.charAt(Math.floor(devices / 32))}`;
}

export function newRecordId(): string {
  ids += 1;
  return `019a0000-0000-7000-8000-${String(ids).padStart(12, "0")}`;
}

const KEY = await importDataKey(newDataKey());
/** Of every phone here whose rows are sealed. */
export const CIPHER = openCipher(new Map([[1, await unlocked(KEY, await newPair(KEY))]]));

/** What opens the stores of an engine here, so that a test reads them beside it. */
export const KEYS: WorkKeys = { keyring: await newKeyring(), cipher: CIPHER, isLocked: false };

/** As on a real phone: sealed. */
export function openStore(device = newDevice(), cipher: RowCipher | null = CIPHER): DeviceStore {
  return openDeviceStore({ device, user: LAN }, undefined, undefined, cipher);
}

export function moment(nowMs = NOW): SaveMoment {
  let tags = 0;
  const newTag = () => {
    tags += 1;
    return `tagtagt${LETTERS.charAt(tags % 32)}`;
  };
  return { nowMs, newTag, observed: { wall_ms: nowMs, offset_ms: null, offset_age_ms: null, mono_ms: 1 } };
}

export function patrol(record: string, set: Record<string, Value> = { route: "Tuyến 1" }, partition = CAI_KHE) {
  return { record, kind: "patrol", partition, set };
}

export function serverRecord(
  id: string,
  fields: Record<string, Value>,
  given: Partial<ServerRecord> = {},
): ServerRecord {
  const ids = Object.keys(fields).map((name, at) => [name, `${OTHER_DEVICE}.${at + 1}.bbbbbbbb`] as const);
  const touch = { by: MINH, device: OTHER_DEVICE, received_ms: NOW - 1_000 };
  return {
    id,
    kind: "patrol",
    seq: 1,
    partition: CAI_KHE,
    fields: Object.fromEntries(ids.map(([name, head]) => [name, [fields[name] ?? null, head]])),
    siblings: {},
    stamps: Object.fromEntries(ids.map(([, head]) => [head, [NOW - 1_000, 0, NOW - 1_000]])),
    created: touch,
    changed: touch,
    flags: [],
    ...given,
  };
}

export function accepted(n: number): Receipt {
  return { n, status: "accepted", hash: "0".repeat(64), effective_ms: NOW, suspect: false };
}

export function held(n: number, code = "not-granted"): Receipt {
  return { ...accepted(n), status: "held", code };
}

export function pulled(given: Partial<Pulled> = {}): Pulled {
  return { records: [], cursor: "c1", more: false, reset: false, ...given };
}

interface AnswerParts {
  readonly epoch?: string;
  readonly receipts?: readonly Receipt[];
  readonly pull?: Answer["pull"];
  readonly partitions?: readonly string[];
  readonly seen_n?: number;
  readonly held?: Answer["device"]["held"];
  readonly state?: Answer["device"]["state"];
}

export function answer(parts: AnswerParts = {}): Answer {
  const { epoch = "first", receipts = [], pull = {}, partitions = [CAI_KHE], state = "active" } = parts;
  const seen_n = parts.seen_n ?? Math.max(0, ...receipts.map((receipt) => receipt.n));
  return {
    protocol: 1,
    epoch,
    now: NOW,
    receipts,
    partitions: partitions.map((id) => ({ id, code: id.slice(-5), name: id.slice(-5), access: "write" })),
    pull,
    device: { state, seen_n, held: parts.held ?? [] },
  };
}

export const AT = { wallMs: NOW, offsetMs: 0 };

export async function outboxNumbers(store: DeviceStore): Promise<number[]> {
  return (await store.batch(1_000, Number.MAX_SAFE_INTEGER)).operations.map((operation) => operation.n);
}

export interface Timer {
  readonly delayMs: number;
  readonly act: () => void;
}

/** A page whose timers run only when a test says so. */
export function stillPage(timers: Timer[]): Page {
  const nothing = () => () => undefined;
  return {
    isVisible: () => true,
    isOnline: () => true,
    onOnline: nothing,
    onOffline: nothing,
    onVisible: nothing,
    after: (delayMs, act) => {
      const timer = { delayMs, act };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
    channel: () => ({ send: () => undefined, close: () => undefined }),
  };
}
