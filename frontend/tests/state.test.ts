/** When to send, event by event. */
import { describe, expect, it } from "vitest";
import { type Cause, type Failure, INITIAL, type SyncEvent, type SyncState, step } from "../src/sync/state.ts";

const NOW = 1_764_000_000_000;
const asked = (cause: Cause, nowMs = NOW): SyncEvent => ({ type: "asked", cause, nowMs });
const answered = (more = false): SyncEvent => ({ type: "answered", more, nowMs: NOW });
const failed = (failure: Partial<Failure>, jitter = 0, nowMs = NOW): SyncEvent => ({
  type: "failed",
  failure: { code: "busy", status: 503, retryAfterMs: null, from: "server", ...failure },
  jitter,
  nowMs,
});
const stateAfter = (...events: SyncEvent[]): SyncState => events.reduce(step, INITIAL);
const noNetwork = { code: "no-connection", status: 0, from: "nothing" } as const;

describe("asking", () => {
  it("sends when idle and comes to rest after the answer", () => {
    expect(stateAfter(asked("save")).phase).toBe("sending");
    expect(stateAfter(asked("save"), answered()).phase).toBe("idle");
  });

  it("goes on while there is more", () => {
    expect(stateAfter(asked("save"), answered(true)).phase).toBe("sending");
  });

  it("goes round once more, and only once, for what was saved while sending", () => {
    const again = stateAfter(asked("timer"), asked("save"), asked("save"), answered());
    expect(again.phase).toBe("sending");
    expect(step(again, answered()).phase).toBe("idle");
  });
});

describe("failing", () => {
  it("waits for twice as long each time, up to five minutes, and at least half of it", () => {
    const waits: number[] = [];
    let state = INITIAL;
    let nowMs = NOW;
    for (let at = 0; at < 12; at += 1) {
      state = step(step(state, asked("person", nowMs)), failed(noNetwork, 0, nowMs));
      waits.push((state.nextTryMs ?? 0) - nowMs);
      nowMs += 1_000_000;
    }
    expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(waits.at(-1)).toBe(150_000);
  });

  it("spreads by chance", () => {
    expect(stateAfter(asked("save"), failed(noNetwork, 0.999)).nextTryMs).toBe(NOW + 1_999);
  });

  it("is not hurried by a new write, but by a person, the network and the screen", () => {
    const waiting = stateAfter(asked("save"), failed(noNetwork));
    expect(step(waiting, asked("save", NOW + 1)).phase).toBe("waiting-to-retry");
    for (const cause of ["person", "online", "visible"] as const) {
      expect(step(waiting, asked(cause, NOW + 1)).phase).toBe("sending");
    }
  });

  it("tries again by itself when due, without a new write (A23)", () => {
    const waiting = stateAfter(asked("save"), failed(noNetwork));
    expect(step(waiting, { type: "due", nowMs: NOW + 999 }).phase).toBe("waiting-to-retry");
    expect(step(waiting, { type: "due", nowMs: NOW + 1_000 }).phase).toBe("sending");
  });

  it("honours Retry-After whoever asks", () => {
    const waiting = stateAfter(asked("save"), failed({ retryAfterMs: 30_000 }));
    expect(waiting.nextTryMs).toBe(NOW + 30_000);
    expect(step(waiting, asked("person", NOW + 29_999)).phase).toBe("waiting-to-retry");
    expect(step(waiting, asked("person", NOW + 30_000)).phase).toBe("sending");
  });

  it("asks for sign-in on 401 and goes on after it", () => {
    const state = stateAfter(asked("save"), failed({ code: "session-expired", status: 401 }));
    expect(state.phase).toBe("needs-sign-in");
    expect(step(state, asked("person")).phase).toBe("needs-sign-in");
    expect(step(state, { type: "signed-in", nowMs: NOW }).phase).toBe("sending");
  });

  it("halves the batch on 413 down to one operation, then waits", () => {
    const tooLarge = failed({ code: "body-too-large", status: 413 });
    const halved = stateAfter(asked("save"), tooLarge);
    expect([halved.phase, halved.batchMax]).toEqual(["sending", 50]);
    const one = Array.from({ length: 5 }).reduce<SyncState>((state) => step(state, tooLarge), halved);
    expect([one.phase, one.batchMax]).toEqual(["sending", 1]);
    expect(step(one, tooLarge).phase).toBe("waiting-to-retry");
  });

  it("stops when the server no longer speaks this protocol", () => {
    const state = stateAfter(asked("save"), failed({ code: "protocol-unsupported", status: 400 }));
    expect([state.phase, state.problem]).toEqual(["stopped", "protocol-unsupported"]);
    expect(step(state, asked("person")).phase).toBe("stopped");
  });
});

describe("what the last exchange proved", () => {
  it("nothing answered: offline, and no problem to explain", () => {
    const state = stateAfter(asked("save"), failed(noNetwork));
    expect([state.offline, state.problem]).toEqual([true, null]);
  });

  it("a stranger answered: offline, with the captive portal's code", () => {
    const state = stateAfter(asked("save"), failed({ ...noNetwork, code: "no-internet", from: "stranger" }));
    expect([state.offline, state.problem]).toEqual([true, "no-internet"]);
  });

  it("the server refused: online", () => {
    expect(stateAfter(asked("save"), failed({})).offline).toBe(false);
  });

  it("an answer clears everything", () => {
    const state = stateAfter(asked("save"), failed({}), asked("person", NOW + 1), answered());
    expect(state).toEqual(INITIAL);
  });
});
