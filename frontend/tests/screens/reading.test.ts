// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { matching } from "../../src/components/area-picker.tsx";
import { barState } from "../../src/components/sync-bar.tsx";
import type { Area, SyncStatus } from "../../src/engine/contract.ts";
import { faultsOf } from "../../src/screens/areas/add-area.tsx";
import { contentTypeOf } from "../../src/screens/areas/import-areas.tsx";
import { figureFaults, reversedFaults } from "../../src/screens/day-span.ts";
import { childrenSummary } from "../../src/screens/feed/item.tsx";
import { merged } from "../../src/screens/feed/pages.ts";
import { type Answer, measuresShown } from "../../src/screens/figures/answer.ts";
import { periodLabel, spanOf } from "../../src/screens/figures/periods.ts";
import { lastDay, queryOf, wantedOf } from "../../src/screens/figures/wanted.ts";
import { linksFor } from "../../src/screens/links.ts";
import { choicesOf } from "../../src/screens/own-areas.ts";
import { shownFields } from "../../src/screens/record/record.tsx";
import { valueText } from "../../src/screens/record/values.ts";
import { mayWrite } from "../../src/screens/roles.ts";
import { type WireRecord, withQuery } from "../../src/screens/wire.ts";

const MONDAY_MORNING = Date.UTC(2026, 10, 22, 20);

const area = (id: string, kind: string, full_name: string, parent: string | null): Area => ({
  id,
  code: null,
  kind,
  name: full_name,
  full_name,
  parent,
});

describe("periods", () => {
  it("are days of the Vietnamese calendar, weeks from Monday", () => {
    expect(spanOf("today", MONDAY_MORNING)).toEqual({ from: "2026-11-23", to: "2026-11-23" });
    expect(spanOf("week", MONDAY_MORNING)).toEqual({ from: "2026-11-23", to: "2026-11-23" });
    expect(spanOf("week", MONDAY_MORNING - 86_400_000)).toEqual({ from: "2026-11-16", to: "2026-11-22" });
    expect(spanOf("month", Date.UTC(2028, 1, 10))).toEqual({ from: "2028-02-01", to: "2028-02-10" });
    expect(spanOf("year", MONDAY_MORNING)).toEqual({ from: "2026-01-01", to: "2026-11-23" });
  });

  it("leave out days that have not come, and say when they are reversed", () => {
    expect(lastDay("2026-11-30", MONDAY_MORNING)).toBe("2026-11-23");
    expect(lastDay("2026-11-20", MONDAY_MORNING)).toBe("2026-11-20");
    const fields = (from: string, to: string) =>
      figureFaults({ from, to }, "2026-11-23").map((fault) => `${fault.field}: ${fault.text}`);
    expect(fields("2026-11-01", "2026-12-31")).toEqual([]);
    expect(fields("2026-11-02", "2026-11-01")).toEqual([expect.stringContaining("to: “To day” is before")]);
    expect(fields("2026-11-24", "2026-11-25")).toEqual([expect.stringContaining("from: The start lies in the future")]);
    expect(reversedFaults({ from: "2026-11-02", to: "" })).toEqual([]);
  });

  it("come back from the address as they were chosen", () => {
    const wanted = wantedOf(new URLSearchParams(), "own", MONDAY_MORNING);
    expect(wanted).toMatchObject({ area: "own", preset: "month", from: "2026-11-01", to: "2026-11-23", by: "none" });
    const chosen = { ...wanted, area: "a", preset: "custom", to: "2026-11-05", by: "day", isAll: true } as const;
    const address = new URLSearchParams(queryOf(chosen, "own"));
    expect(wantedOf(address, "own", MONDAY_MORNING)).toEqual(chosen);
    const spoilt = new URLSearchParams("period=x&by=constructor&from=1");
    expect(wantedOf(spoilt, "own", MONDAY_MORNING)).toEqual(wanted);
  });

  it("are written as people write them", () => {
    const labels = ["2026-11-23", "2026-W48", "2026-11", "R2026-11"].map(periodLabel);
    expect(labels).toEqual(["23/11/2026", "Week 48 of 2026", "Month 11 of 2026", "R2026-11"]);
  });
});

describe("the feed", () => {
  const item = (id: string, received_ms: number, text = "") => ({ id, created: { received_ms }, text });

  it("shows each record once, the newer answer's words, last received first", () => {
    const shown = merged([item("a", 3, "new"), item("b", 2)], [item("c", 1), item("a", 3, "old"), item("d", 2)]);
    expect(shown.map(({ id, text }) => id + text)).toEqual(["anew", "d", "b", "c"]);
  });

  it("sums up children by kind", () => {
    const child = (kind: string, leaflets: number) =>
      ({ kind, fields: { leaflets: [leaflets, "x"] } }) as unknown as WireRecord;
    expect(childrenSummary([child("handout", 120)])[0]).toContain("120");
    expect(childrenSummary([child("handout", 1), child("handout", 2)])[0]).toMatch(/2 records?$/);
  });
});

describe("figures", () => {
  const measure = (figures: Record<string, number | null>): Answer => ({
    as_of_ms: 0,
    complete: { devices: 0, synced: 0, waiting_operations: 0 },
    rows: [],
    total: { figures },
  });

  it("show the main measures always and the others when they have a figure", () => {
    const names = (isAll: boolean) =>
      measuresShown(measure({ tips: 3, banners: null }), isAll).map((each) => each.measure);
    expect(names(false)).toContain("patrols");
    expect(names(false)).not.toContain("tips");
    expect(names(true)).toContain("tips");
    expect(names(true)).not.toContain("banners");
  });
});

describe("the sync bar", () => {
  const base: SyncStatus = {
    phase: "idle",
    offline: false,
    waitingRecords: 0,
    heldRecords: 0,
    waitingPhotos: 0,
    refusedPhotos: 0,
    draftForms: 0,
    draftPhotos: 0,
    lastSuccessMs: null,
    nextTryMs: null,
    problem: null,
    firstLoadRecords: null,
    updateReady: false,
    hasDamaged: false,
    clockOffsetMs: null,
  };
  const icon = (part: Partial<SyncStatus>) => barState({ ...base, ...part }, MONDAY_MORNING)?.icon ?? null;

  it("says one thing at a time, the most pressing first", () => {
    expect(icon({})).toBeNull();
    expect(icon({ lastSuccessMs: MONDAY_MORNING })).toBe("received");
    expect(icon({ lastSuccessMs: MONDAY_MORNING, waitingRecords: 1 })).toBe("waiting");
    expect(icon({ waitingRecords: 1, phase: "sending" })).toBe("sending");
    expect(icon({ lastSuccessMs: MONDAY_MORNING, waitingPhotos: 1, refusedPhotos: 1 })).toBe("waiting");
    expect(icon({ lastSuccessMs: MONDAY_MORNING, refusedPhotos: 1 })).toBe("held");
    expect(icon({ waitingRecords: 1, problem: "busy" })).toBe("held");
    expect(icon({ waitingRecords: 1, offline: true, problem: "busy" })).toBe("offline");
  });

  it("never says that all was sent while something waits", () => {
    const texts = ["idle", "sending", "waiting-to-retry"].map(
      (phase) =>
        barState({ ...base, phase: phase as "idle", waitingRecords: 2, lastSuccessMs: 1 }, MONDAY_MORNING)?.text,
    );
    expect(texts.join(" ")).not.toContain("All sent");
  });
});

describe("areas", () => {
  const areas = [
    area("h1", "quarter", "Khu vực 1", "u"),
    area("g1", "group", "Tổ 3", "h1"),
    area("h2", "hamlet", "Ấp Đông Hòa", "u"),
  ];

  it("are found without tones, groups by their hamlet too", () => {
    expect(matching(areas, "dong hoa").map(({ id }) => id)).toEqual(["h2"]);
    expect(matching(areas, "to 3 khu vuc 1").map(({ id }) => id)).toEqual(["g1"]);
    expect(matching(areas, "  ")).toEqual([]);
  });

  it("are offered below their parent in the order of names", () => {
    const labels = choicesOf([{ id: "u", name: "Cái Khế" }], areas).map(({ label }) => label);
    expect(labels).toEqual(["Cái Khế", "– Ấp Đông Hòa", "– Khu vực 1"]);
  });

  it("name the place of a record", () => {
    expect(valueText("patrol", "place", "g1", areas)).toBe("Tổ 3 – Khu vực 1");
    expect(valueText("patrol", "place", "far", areas)).toContain("not kept");
  });
});

describe("a record in words", () => {
  it("reads every type of value", () => {
    expect(valueText("patrol", "started_at", Date.UTC(2026, 10, 23, 15, 30), [])).toBe("22:30 23/11/2026");
    expect(valueText("patrol", "transport", ["boat", "foot"], [])).toBe("Boat, On foot");
    expect(valueText("patrol", "point", { lat_e6: 10_034_567, lon_e6: 105_770_000 }, [])).toBe("10.035, 105.770");
    expect(valueText("patrol", "brand_new", { x: 1 }, [])).toBe('{"x":1}');
  });

  it("shows unknown fields of a newer server after the known ones", () => {
    const fields = { brand_new: 1, officers: 2, void: null, route: null };
    expect(shownFields({ kind: "patrol", fields })).toEqual(["officers", "brand_new"]);
  });
});

describe("roles", () => {
  const links = (role: Parameters<typeof linksFor>[0]) => linksFor(role).map((link) => link.to);

  it("see the screens that records.md gives them", () => {
    expect(links("officer")).toEqual(["/", "/record", "/list", "/sync", "/feed", "/figures", "/conflicts", "/more"]);
    expect(links("team_member")).toEqual(["/", "/record", "/list", "/sync", "/figures", "/conflicts", "/more"]);
    for (const path of ["/areas", "/conflicts", "/held"]) {
      expect(links("commander")).toContain(path);
      expect(links("leader")).not.toContain(path);
    }
    expect(links("coordinator")).toContain("/held");
    expect(links("admin")).toEqual(["/", "/list", "/sync", "/areas", "/more"]);
  });

  it("write what the kinds allow them", () => {
    expect(mayWrite("team_member", "patrol")).toBe(true);
    expect(mayWrite("team_member", "inspection")).toBe(false);
    expect(mayWrite("leader", "patrol")).toBe(false);
  });
});

describe("addresses", () => {
  it("leave empty values out", () => {
    expect(withQuery("/api/v1/feed", { area: "", q: "tổ 1", before: null })).toBe("/api/v1/feed?q=t%E1%BB%95+1");
    expect(withQuery("/api/v1/feed", {})).toBe("/api/v1/feed");
  });

  it("tell the type of an import by the name of the file", () => {
    expect(contentTypeOf("Tổ.XLSX")).toContain("spreadsheetml");
    expect(contentTypeOf("to.csv")).toBe("text/csv");
  });
});

describe("what the server says of single members", () => {
  const refused = { code: "request-invalid", title: "", detail: "Not usable.", status: 422 };

  it("stands at its field", () => {
    const errors = [
      { pointer: "/kind", code: "invalid", detail: "No group here." },
      { pointer: "/name", code: "invalid", detail: "Too long." },
    ];
    expect(faultsOf({ ...refused, errors })).toEqual([
      { field: "kind", text: "No group here." },
      { field: "name", text: "Too long." },
    ]);
    expect(faultsOf(refused)).toEqual([{ field: "name", text: "Not usable." }]);
  });
});

describe("a record's page", () => {
  it("shows no ids of people", () => {
    expect(shownFields({ kind: "review", fields: { author: "u", verdict: "confirmed" } })).toEqual(["verdict"]);
  });
});
