/** The upload's state machine and the moves of one photo: decisions alone, no store and no network. */
import { describe, expect, it } from "vitest";
import { afterFailure, afterMove, judge, type Move, planMove } from "../src/photos/moves.ts";
import {
  AT_REST,
  PART_BYTES_MAX,
  PART_BYTES_MIN,
  partBytesAt,
  stepUpload,
  type UploadCause,
  type UploadEvent,
  type UploadState,
} from "../src/photos/upload-state.ts";
import type { PhotoRow } from "../src/store/schema.ts";
import type { Failure } from "../src/sync/state.ts";
import { seeded } from "./virtual-phone.ts";

const T = 1_764_000_000_000;
const HOUR_MS = 3_600_000;
const TAB = "this-tab";
const URL = "/api/v1/uploads/u1";
const NOTHING: Failure = { code: "no-connection", status: 0, retryAfterMs: null, from: "nothing" };

const refusal = (status: number, code = "x", retryAfterMs: number | null = null): Failure => ({
  ...{ status, code, retryAfterMs },
  from: "server",
});
const asked = (cause: UploadCause, nowMs = T): UploadEvent => ({ type: "asked", cause, nowMs });
const failedWith = (failure: Failure, nowMs = T, jitter = 1): UploadEvent => ({
  type: "failed",
  failure,
  jitter,
  nowMs,
});
const stateAfter = (...events: UploadEvent[]): UploadState => events.reduce(stepUpload, AT_REST);

function row(given: Partial<PhotoRow> = {}): PhotoRow {
  const size = { sha256: "0".repeat(64), bytes: 300_000, width: 1600, height: 1200 };
  const times = { taken_ms: T, saved_ms: T, not_before_ms: 0, settled_ms: null };
  return { id: "p", state: "pending", parent: "r", ...size, ...times, upload: null, failures: 0, code: null, ...given };
}

describe("sending photos", () => {
  it("works when asked and rests when nothing is left", () => {
    expect(stateAfter(asked("saved")).phase).toBe("working");
    expect(stateAfter(asked("saved"), { type: "emptied", nextMs: null }).phase).toBe("resting");
  });

  it("looks once more when it was asked meanwhile", () => {
    const state = stateAfter(asked("saved"), asked("saved"), { type: "emptied", nextMs: null });
    expect(state).toMatchObject({ phase: "working", again: false });
  });

  it("waits for the next photo's time, and a new photo need not", () => {
    const state = stateAfter(asked("saved"), { type: "emptied", nextMs: T + HOUR_MS });
    expect(state).toMatchObject({ phase: "waiting", nextTryMs: T + HOUR_MS });
    expect(stepUpload(state, asked("saved")).phase).toBe("working");
  });

  it("tries again by itself, longer each time, up to five minutes (A23)", () => {
    let state = stateAfter(asked("saved"));
    const waits: number[] = [];
    for (let at = 0; at < 10; at += 1) {
      state = stepUpload(state, failedWith(NOTHING));
      waits.push((state.nextTryMs ?? 0) - T);
      state = stepUpload(state, { type: "due", nowMs: state.nextTryMs ?? 0 });
      expect(state.phase).toBe("working");
    }
    expect(waits.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 16_000]);
    expect(waits.at(-1)).toBe(300_000);
  });

  it("lets half of a wait be chance", () => {
    const wait = (jitter: number) => (stateAfter(asked("saved"), failedWith(NOTHING, T, jitter)).nextTryMs ?? 0) - T;
    expect([wait(0), wait(0.5), wait(1)]).toEqual([1_000, 1_500, 2_000]);
  });

  it("ends a wait for a person or the network, not for a new photo, and never before Retry-After", () => {
    const failed = stateAfter(asked("saved"), failedWith(NOTHING));
    const phases = (state: UploadState, nowMs: number) =>
      (["saved", "answered", "person", "online", "visible", "back"] as const).map(
        (cause) => stepUpload(state, asked(cause, nowMs)).phase,
      );
    expect(phases(failed, T)).toEqual(["waiting", "waiting", "working", "working", "working", "working"]);
    const busy = stateAfter(asked("saved"), failedWith(refusal(503, "disk-low", 60_000)));
    expect(new Set(phases(busy, T + 59_999))).toEqual(new Set(["waiting"]));
    expect(new Set(phases(busy, T + 60_000))).toEqual(new Set(["working"]));
  });
});

describe("sending photos, when it goes wrong", () => {
  it("keeps everything at a 401 until an exchange went through", () => {
    const state = stateAfter(asked("saved"), failedWith(refusal(401, "session-expired")));
    expect(state).toMatchObject({ phase: "needs-sign-in", nextTryMs: null });
    for (const cause of ["saved", "person", "online", "visible"] as const)
      expect(stepUpload(state, asked(cause)).phase).toBe("needs-sign-in");
    expect(stepUpload(state, asked("answered")).phase).toBe("working");
  });

  it("waits longer where questions are answered but no part goes through", () => {
    let state = stateAfter(asked("saved"));
    for (let at = 0; at < 5; at += 1) {
      state = stepUpload(state, { type: "moved", part: null, isProgress: false });
      state = stepUpload(state, failedWith(NOTHING));
      state = stepUpload(state, { type: "due", nowMs: state.nextTryMs ?? 0 });
    }
    expect(state.failures).toBe(5);
    expect(stepUpload(state, { type: "moved", part: null, isProgress: true }).failures).toBe(0);
  });

  it("passes over a bad photo, and takes several in a row for a bad server (A24)", () => {
    const passed: UploadEvent = { type: "passed", jitter: 1, nowMs: T };
    expect(stateAfter(asked("saved"), passed, passed).phase).toBe("working");
    expect(stateAfter(asked("saved"), passed, passed, passed)).toMatchObject({
      phase: "waiting",
      nextTryMs: T + 2_000,
    });
    const good: UploadEvent = { type: "moved", part: null, isProgress: true };
    expect(stateAfter(asked("saved"), passed, passed, good, passed).phase).toBe("working");
  });

  it("never ends in a state that nothing gets out of", () => {
    const random = seeded(99);
    const causes: readonly UploadCause[] = ["saved", "answered", "back", "person", "online", "visible"];
    const failures = [NOTHING, refusal(401), refusal(503, "busy", 5_000), refusal(500), refusal(404)];
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const events = (nowMs: number): readonly UploadEvent[] => [
      asked(pick(causes), nowMs),
      { type: "due", nowMs },
      { type: "moved", part: { bytes: 65_536, tookMs: Math.floor(random() * 9_000) }, isProgress: random() < 0.5 },
      { type: "passed", jitter: random(), nowMs },
      { type: "emptied", nextMs: random() < 0.5 ? null : nowMs + 1_000 },
      failedWith(pick(failures), nowMs, random()),
    ];
    for (let run = 0; run < 500; run += 1) {
      let state = AT_REST;
      for (let at = 0; at < 40; at += 1) state = stepUpload(state, pick(events(T + at * 1_000)));
      expect(state.partBytes).toBeGreaterThanOrEqual(PART_BYTES_MIN);
      expect(state.partBytes).toBeLessThanOrEqual(PART_BYTES_MAX);
      if (state.phase === "waiting") expect(state.nextTryMs).not.toBeNull();
      const later = T + 24 * HOUR_MS;
      expect(stepUpload(stepUpload(state, { type: "due", nowMs: later }), asked("answered", later)).phase).toBe(
        "working",
      );
    }
  });
});

describe("the size of a part", () => {
  it("begins small and follows the speed that was measured, in steps of 64 KiB", () => {
    expect(AT_REST.partBytes).toBe(64 * 1024);
    const kibibytes = (bytes: number, tookMs: number) => partBytesAt(bytes, tookMs) / 1024;
    expect(kibibytes(65_536, 60_000)).toBe(64);
    expect(kibibytes(65_536, 2_000)).toBe(128);
    expect(kibibytes(65_536, 1_300)).toBe(192);
    expect(kibibytes(65_536, 0)).toBe(256);
  });

  it("is small again after a failure", () => {
    const fast: UploadEvent = { type: "moved", part: { bytes: 65_536, tookMs: 10 }, isProgress: true };
    expect(stateAfter(asked("saved"), fast).partBytes).toBe(PART_BYTES_MAX);
    expect(stateAfter(asked("saved"), fast, failedWith(NOTHING)).partBytes).toBe(PART_BYTES_MIN);
  });
});

describe("the moves of one photo", () => {
  const upload = { url: URL, offset: 65_536, by: TAB };

  it("create, ask or go on", () => {
    expect(planMove(row(), TAB, 65_536)).toEqual({ type: "create" });
    expect(planMove(row({ upload }), TAB, 65_536)).toEqual({ type: "part", url: URL, from: 65_536, to: 131_072 });
    expect(planMove(row({ upload }), "another", 65_536)).toEqual({ type: "find", url: URL });
    expect(planMove(row({ upload: { ...upload, offset: 299_000 } }), TAB, 65_536)).toMatchObject({ to: 300_000 });
  });

  it("are over when the server has every byte, at once where it had them already", () => {
    const received = { state: "received", upload: null, settled_ms: T };
    expect(afterMove(row(), { url: URL, offset: 300_000 }, TAB, T)).toMatchObject(received);
    expect(afterMove(row({ upload }), { url: URL, offset: 300_000 }, TAB, T)).toMatchObject(received);
    expect(afterMove(row(), { url: URL, offset: 0 }, TAB, T)).toEqual({ upload: { url: URL, offset: 0, by: TAB } });
  });

  it("forgive with progress only", () => {
    const bad = row({ upload, failures: 2, code: "checksum-wrong" });
    expect(afterMove(bad, { url: URL, offset: 65_536 }, TAB, T)).not.toHaveProperty("failures");
    expect(afterMove(bad, { url: URL, offset: 65_537 }, TAB, T)).toMatchObject({ failures: 0, code: null });
  });

  it("judge each refusal by what it means", () => {
    const create: Move = { type: "create" };
    const find: Move = { type: "find", url: URL };
    const part: Move = { type: "part", url: URL, from: 0, to: 1 };
    const verdicts = (status: number, code?: string) =>
      [create, find, part].map((move) => judge(move, refusal(status, code)));
    expect(judge(part, NOTHING)).toBe("wait");
    expect(judge(part, { ...NOTHING, from: "stranger" })).toBe("wait");
    expect(verdicts(401)).toEqual(["sign-in", "sign-in", "sign-in"]);
    expect(verdicts(403, "device-mismatch")).toEqual(["sign-in", "sign-in", "sign-in"]);
    expect(verdicts(403, "device-lost")).toEqual(["wait", "wait", "wait"]);
    expect(verdicts(503)).toEqual(["wait", "wait", "wait"]);
    expect(verdicts(429)).toEqual(["wait", "wait", "wait"]);
    expect(verdicts(404)).toEqual(["put-off", "anew", "anew"]);
    expect(verdicts(410)).toEqual(["put-off", "anew", "anew"]);
    expect(verdicts(409)).toEqual(["put-off", "ask", "ask"]);
    expect(verdicts(460)).toEqual(["put-off", "ask", "ask"]);
    expect(verdicts(400, "json-unreadable")).toEqual(["put-off", "ask", "ask"]);
    expect(verdicts(500)).toEqual(["put-off", "put-off", "put-off"]);
    expect(verdicts(422)).toEqual(["refuse", "put-off", "refuse"]);
    expect(verdicts(413)).toEqual(["refuse", "put-off", "refuse"]);
  });

  it("keep a refused photo with its code, and ask again after every failure", () => {
    expect(afterFailure(row({ upload }), "refuse", "photo-not-jpeg", 1, T)).toMatchObject({
      ...{ state: "refused", code: "photo-not-jpeg", upload: null },
    });
    expect(afterFailure(row({ upload }), "wait", "busy", 1, T)).toEqual({ upload: { ...upload, by: "" } });
    expect(afterFailure(row({ upload }), "anew", "not-found", 1, T)).toMatchObject({ upload: null, not_before_ms: 0 });
  });

  it("follow a passing refusal at once, but not in circles", () => {
    const delays = [0, 1, 2, 3].map((failures) => {
      const change = afterFailure(row({ upload, failures }), "ask", "offset-wrong", 1, T);
      return change.not_before_ms ? change.not_before_ms - T : 0;
    });
    expect(delays).toEqual([0, 0, 16_000, 32_000]);
    const late = afterFailure(row({ failures: 40 }), "put-off", "internal", 1, T);
    expect(late.not_before_ms).toBe(T + HOUR_MS);
  });
});
