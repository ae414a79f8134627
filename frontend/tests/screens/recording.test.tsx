// @vitest-environment happy-dom
/** What the recording forms make of what was entered, the week that is counted from it, and taking a save back. */
import { describe, expect, it, vi } from "vitest";
import { flash, say } from "../../src/components/flash.ts";
import { daysOfWeek, weekRows } from "../../src/components/my-week.tsx";
import { standingAlone } from "../../src/components/standing-alone.ts";
import type { ShownRecord } from "../../src/engine/contract.ts";
import { activityKinds, fieldOf } from "../../src/i18n/kinds.ts";
import { activityChange } from "../../src/screens/recording/activity.tsx";
import { proposalChanges } from "../../src/screens/recording/proposals.tsx";
import { SPECS, specOf } from "../../src/screens/recording/specs.ts";

/** Monday 23 November 2026, 10:00 in Vietnam. */
const NOW = Date.UTC(2026, 10, 23, 3);
const HOUR_MS = 3_600_000;
const TO = { record: "r", partition: "p" };

function entered(values: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.append(name, value);
  return form;
}

function specFor(kind: string) {
  const spec = specOf(kind);
  if (!spec) throw new Error(kind);
  return spec;
}

describe("the plain forms", () => {
  it("ask only for fields that their kinds have, and take over only what they ask", () => {
    for (const { kind, main, more, repeats, first, usual } of SPECS) {
      const asked = [...main, ...more, "place", "started_at"];
      const unknown = [...main, ...more].filter((name) => fieldOf(kind, name) === undefined);
      expect([kind, unknown]).toEqual([kind, []]);
      expect([
        kind,
        [...repeats, ...Object.keys(first), ...Object.keys(usual)].every((n) => asked.includes(n)),
      ]).toEqual([kind, true]);
    }
  });

  it("keep an incident with its patrol only where that was chosen", () => {
    const spec = specFor("incident");
    const shown = { started_at: NOW, cases: 1 };
    const alone = activityChange(spec, entered({ cases: "1", category: "fire" }), shown, TO, NOW);
    expect(alone.change).toMatchObject({ ...TO, kind: "incident", set: { cases: 1, category: "fire" } });
    expect(alone.change.set.parent).toBeUndefined();
    const within = activityChange(spec, entered({ cases: "1", parent: "patrol" }), shown, TO, NOW);
    expect(within.change.set.parent).toBe("patrol");
  });

  it("want both times of a past patrol: without its end it would be an open one", () => {
    const spec = specFor("patrol");
    const without = activityChange(spec, entered({ started_at: "2026-11-22T20:00" }), {}, TO, NOW);
    expect(without.faults.map(({ field }) => field)).toEqual(["ended_at"]);
    const whole = entered({ started_at: "2026-11-22T20:00", ended_at: "2026-11-22T22:30" });
    const { change, faults } = activityChange(spec, whole, {}, TO, NOW);
    expect([faults, Number(change.set.ended_at) - Number(change.set.started_at)]).toEqual([[], 2.5 * HOUR_MS]);
  });

  it("make a proposal of each line that has a text, with the id that the draft keeps", () => {
    const form = entered({
      ...{ "proposal_0-id": "a", proposal_0: " Lắp đèn đường ", "proposal_1-id": "b", proposal_1: "  " },
      ...{ "proposal_2-id": "c", proposal_2: "Dọn rác" },
    });
    expect(proposalChanges(form, "m", "p").map(({ record, set }) => [record, set.parent, set.text, set.state])).toEqual(
      [
        ["a", "m", "Lắp đèn đường", "open"],
        ["c", "m", "Dọn rác", "open"],
      ],
    );
  });
});

describe("a list", () => {
  it("shows what stands below another record only on that one's page, and what stands alone by itself", () => {
    const rows = [["o"], ["h", "o"], ["alone"], ["i", "elsewhere"]] as const;
    const records = rows.map(([id, parent]) => ({ id, fields: { parent } }) as unknown as ShownRecord);
    expect(standingAlone(records).map(({ id }) => id)).toEqual(["o", "alone", "i"]);
    expect(activityKinds()).toEqual(expect.arrayContaining(["incident", "handout", "patrol"]));
  });
});

describe("the week", () => {
  const record = (kind: string, startedMs: number, more: Record<string, number> = {}) =>
    ({ kind, createdMs: NOW, fields: { started_at: startedMs, ...more } }) as unknown as ShownRecord;

  it("begins on Monday, by the day in Vietnam", () => {
    expect([...daysOfWeek(NOW)]).toEqual(["2026-11-23"]);
    expect([...daysOfWeek(NOW + 6 * 24 * HOUR_MS)]).toHaveLength(7);
    // 23:30 on Sunday in Vietnam is still the week before.
    expect([...daysOfWeek(Date.UTC(2026, 10, 22, 16, 30))]).toContain("2026-11-16");
  });

  it("counts records, the minutes of patrols and the leaflets of hand-outs", () => {
    const records = [
      record("patrol", NOW - 2 * HOUR_MS, { ended_at: NOW - HOUR_MS }),
      record("patrol", NOW - HOUR_MS),
      record("patrol", NOW - 48 * HOUR_MS, { ended_at: NOW - 47 * HOUR_MS }),
      record("handout", NOW, { leaflets: 30 }),
    ];
    expect(weekRows(records, NOW)).toEqual([
      { kind: "patrol", count: 2, amount: 60 },
      { kind: "handout", count: 1, amount: 30 },
    ]);
  });
});

describe("taking a save back", () => {
  it("is offered for ten seconds", () => {
    vi.useFakeTimers();
    say("Saved", false, async () => undefined);
    vi.advanceTimersByTime(9_900);
    expect(flash.value?.undo).not.toBeNull();
    vi.advanceTimersByTime(200);
    expect(flash.value).toEqual({ text: "Saved", undo: null });
    vi.useRealTimers();
  });
});
