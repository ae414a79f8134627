// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import type { ShownRecord } from "../../src/engine/contract.ts";
import { recentPlaces } from "../../src/screens/forms/places.ts";
import { meetingWarning, partOf, readCount, readForm, timeFaults } from "../../src/screens/forms/reading.ts";
import { newPatrol } from "../../src/screens/patrol-start.ts";
import { meetingChange } from "../../src/screens/recording/meeting.tsx";
import { outreachChanges } from "../../src/screens/recording/outreach.tsx";
import { patrolChange } from "../../src/screens/recording/patrol-end.tsx";

const NOW = Date.UTC(2026, 10, 23, 3, 0, 42);

function formOf(values: Record<string, string | readonly string[]>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) for (const one of [value].flat()) form.append(name, one);
  return form;
}

describe("readCount", () => {
  it("takes thousands as people write them and nothing else", () => {
    expect(["12", "1.234", " 1 234 ", "0"].map(readCount)).toEqual([12, 1234, 1234, 0]);
    expect(["", "-1", "2,5", "mười", "1e3", "١٢"].map(readCount)).toEqual([null, null, null, null, null, null]);
  });
});

describe("readForm", () => {
  it("leaves out what was not entered and sets only what differs", () => {
    const form = formOf({ officers: "3", militia: "", note: "  " });
    const { set } = readForm("patrol", ["officers", "militia", "note"], form, { officers: 3 }, {});
    expect(set).toEqual({});
  });

  it("clears a value that was there before", () => {
    expect(readForm("patrol", ["route"], formOf({ route: "" }), { route: "Tuyến 1" }, {}).set).toEqual({ route: null });
  });

  it("sorts lists, and composes text", () => {
    const form = formOf({ topics: ["residence", "drugs"], note: "Hòa".normalize("NFD") });
    expect(readForm("outreach", ["topics", "note"], form, {}, {}).set).toEqual({
      topics: ["drugs", "residence"],
      note: "Hòa",
    });
  });

  it("names the field and the limits of what cannot be taken", () => {
    const form = formOf({ sessions: "0", note: "x".repeat(501) });
    const { set, faults } = readForm("outreach", ["sessions", "note"], form, {}, {});
    expect(set).toEqual({});
    expect(faults.map((fault) => fault.field)).toEqual(["sessions", "note"]);
    expect(faults[0]?.text).toContain("from 1 to 1.000.000");
  });

  it("keeps the seconds of a time that was left as it stood", () => {
    const form = formOf({ started_at: "2026-11-23T10:00" });
    expect(readForm("patrol", ["started_at"], form, {}, { started_at: NOW }).set).toEqual({ started_at: NOW });
    expect(readForm("patrol", ["started_at"], form, {}, {}).set).toEqual({ started_at: NOW - 42_000 });
  });

  it("keeps a time that no field can show", () => {
    const stored = { started_at: Number.MAX_SAFE_INTEGER };
    expect(readForm("patrol", ["started_at"], formOf({ started_at: "" }), stored, stored).set).toEqual({});
  });
});

describe("timeFaults", () => {
  it("refuses the future and an end before its start", () => {
    const fieldsOf = (fields: Record<string, number>) => timeFaults(fields, NOW).map((fault) => fault.field);
    expect(fieldsOf({ started_at: NOW, ended_at: NOW })).toEqual([]);
    expect(fieldsOf({ started_at: NOW + 1 })).toEqual(["started_at"]);
    expect(fieldsOf({ started_at: NOW - 9, ended_at: NOW + 1 })).toEqual(["ended_at"]);
    expect(fieldsOf({ started_at: NOW - 9, ended_at: NOW - 10 })).toEqual(["ended_at"]);
  });
});

describe("a patrol", () => {
  it("starts with everything that needs no question", () => {
    const { set } = newPatrol("r", "unit", "officer", null, NOW);
    expect(set).toEqual({ started_at: NOW, patrol_type: "regular", led_by: "police", officers: 1 });
  });

  it("of a team member is the team's, in the member's own hamlet", () => {
    const { set } = newPatrol("r", "unit", "team_member", "hamlet", NOW);
    expect(set).toMatchObject({ led_by: "team", grassroots: 1, place: "hamlet" });
    expect(set).not.toHaveProperty("officers");
  });

  it("ends when the results were opened, to the second", () => {
    const fields = { started_at: NOW - 5000, officers: 1, patrol_type: "regular" };
    const patrol = { id: "p", kind: "patrol", partition: "unit", fields } as unknown as ShownRecord;
    const form = formOf({
      ended_at: "2026-11-23T10:00",
      started_at: "2026-11-23T10:00",
      officers: "2",
      patrol_type: "regular",
    });
    const { change, faults } = patrolChange(form, patrol, { ...fields, ended_at: NOW }, NOW + 60_000);
    expect(faults).toEqual([]);
    expect(change.set).toEqual({ ended_at: NOW, officers: 2 });
  });
});

describe("outreach", () => {
  const ids = { outreach: "o", handout: "h" };

  it("can be saved as it opens", () => {
    const form = formOf({ started_at: "2026-11-23T10:00", place: "unit", sessions: "1", handout_leaflets: "" });
    const { changes, faults } = outreachChanges(form, { started_at: NOW, sessions: 1 }, ids, "unit", NOW);
    expect(faults).toEqual([]);
    expect(changes).toEqual([
      {
        ...{ record: "o", kind: "outreach", partition: "unit", seen: new Map() },
        set: { started_at: NOW, place: "unit", sessions: 1 },
      },
    ]);
  });

  it("brings its hand-out as a child only when leaflets were counted", () => {
    const form = formOf({ households: "30", handout_leaflet: "l", handout_leaflets: "120", handout_households: "60" });
    const { changes } = outreachChanges(form, {}, ids, "unit", NOW);
    expect(changes[0]?.set).toEqual({ households: 30 });
    expect(changes[1]?.set).toEqual({ parent: "o", leaflet: "l", leaflets: 120, households: 60 });
  });

  it("asks for the number of leaflets when anything else of the hand-out is given", () => {
    const faultsOf = (values: Record<string, string>) =>
      outreachChanges(formOf(values), {}, ids, "unit", NOW).faults.map((fault) => fault.field);
    expect(faultsOf({ handout_leaflet: "l", handout_leaflets: "" })).toEqual(["handout_leaflets"]);
    expect(faultsOf({ handout_households: "60", handout_leaflets: "" })).toEqual(["handout_leaflets"]);
    expect(faultsOf({ handout_leaflet: "", handout_leaflets: "", handout_households: "" })).toEqual([]);
  });

  it("names the child's field in the form when it is wrong", () => {
    const { faults } = outreachChanges(formOf({ handout_leaflets: "many" }), {}, ids, "unit", NOW);
    expect(faults.map((fault) => fault.field)).toEqual(["handout_leaflets"]);
  });
});

describe("a meeting", () => {
  it("of a group was held where the group is, unless another place was chosen", () => {
    const change = (place: string) => meetingChange(formOf({ group: "g", place }), {}, "m", "unit", NOW).change.set;
    expect(change("unit")).toEqual({ group: "g", place: "g" });
    expect(change("hall")).toEqual({ group: "g", place: "hall" });
  });

  it("warns of more present than invited and says nothing otherwise", () => {
    const warning = (invited: string, present: string) =>
      meetingWarning(formOf({ households_invited: invited, households_present: present }));
    expect(warning("40", "45")).toContain("More households present");
    expect([warning("40", "40"), warning("", "45"), warning("40", "")]).toEqual([null, null, null]);
  });
});

describe("small parts", () => {
  it("takes a child's part of a form", () => {
    expect([...partOf(formOf({ a_x: "1", x: "2" }), "a_")]).toEqual([["x", "1"]]);
  });

  it("offers the last places once each", () => {
    const placed = (place: string | null) => ({ fields: { place } }) as unknown as ShownRecord;
    expect(recentPlaces(["a", "b", "a", null, "c", "d"].map(placed), "place")).toEqual(["a", "b", "c"]);
  });
});
