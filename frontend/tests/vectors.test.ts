/** The shared vectors: the same rules on both sides, byte for byte. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dayOf } from "../src/i18n/formats.ts";
import { canonical } from "../src/sync/core/canonical.ts";
import { fold } from "../src/sync/core/fold.ts";
import { accepts, fieldOf } from "../src/sync/core/kinds.ts";
import { type FieldOperation, isEditedWhileVoid, type MergedHead, mergeField } from "../src/sync/core/merge.ts";
import { minutesBetween } from "../src/sync/core/minutes.ts";
import { overlay, overlayFlags } from "../src/sync/core/overlay.ts";
import { suspected } from "../src/sync/core/personal.ts";
import type { Operation, ServerRecord } from "../src/sync/core/record.ts";
import { keyOf, nextStamp, operationId } from "../src/sync/core/stamp.ts";
import type { Value } from "../src/sync/core/value.ts";

interface Case<I, E> {
  readonly name: string;
  readonly input: I;
  readonly expect: E;
}

function vectors<I, E>(file: string): Case<I, E>[] {
  const url = new URL(`../../tests/vectors/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, "utf8")) as { cases: Case<I, E>[] }).cases;
}

describe("canonical JSON (P14)", () => {
  it.each(vectors<unknown, string | null>("canonical"))("$name", ({ input, expect: text }) => {
    expect(canonical(input)).toBe(text);
  });
});

/** Where the phone's reader differs from the server's, the vector says so: the phone never judges what came in. */
describe("reading (P15)", () => {
  const url = new URL("../../tests/vectors/read.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(url, "utf8")) as {
    cases: { name: string; input: string; phone: unknown }[];
  };
  it.each(cases)("$name", ({ input, phone }) => {
    if (phone === "throws") expect(() => JSON.parse(input)).toThrow();
    else expect(canonical(JSON.parse(input))).toBe(phone);
  });
});

describe("days", () => {
  it.each(vectors<number, string>("day"))("$name", ({ input, expect: day }) => {
    expect(dayOf(input)).toBe(day);
  });
});

describe("minutes", () => {
  it.each(vectors<[number | null, number | null], number | null>("minutes"))("$name", ({ input, expect: minutes }) => {
    expect(minutesBetween(...input)).toBe(minutes);
  });
});

describe("what looks like personal data", () => {
  it.each(vectors<string, string[]>("personal"))("$name", ({ input, expect: what }) => {
    expect(suspected(input)).toEqual(what);
  });
});

describe("folding for search", () => {
  it.each(vectors<string, string>("fold"))("$name", ({ input, expect: text }) => {
    expect(fold(input)).toBe(text);
  });
});

describe("stamps (P3)", () => {
  it.each(vectors<{ now: number; heads: [number, number][] }, [number, number]>("stamp"))("$name", (one) => {
    const heads = one.input.heads.map(([effectiveMs, count]) => ({ effectiveMs, count }));
    expect(nextStamp(one.input.now, heads)).toEqual(one.expect);
  });
});

describe("values (P6)", () => {
  it.each(vectors<{ kind: string; field: string; value: Value }, boolean>("values"))("$name", ({ input, ...one }) => {
    const field = fieldOf(input.kind, input.field);
    expect(field !== null && accepts(field, input.value)).toBe(one.expect);
  });
});

interface Logged {
  readonly device: string;
  readonly n: number;
  readonly tag: string;
  readonly set: Record<string, Value>;
  readonly prev: Record<string, string[]>;
  readonly saw: readonly string[];
  readonly stamp: [number, number];
  readonly effective_ms: number;
  readonly accepted: boolean;
}
type Heads = Record<string, unknown[]>;

/** The log as one field sees it; a held operation is a link there even if it does not set the field. */
function ofField(name: string, log: readonly Logged[]): FieldOperation[] {
  const seen = log.filter((one) => Object.hasOwn(one.set, name) || !one.accepted);
  return seen.map((one) => {
    const id = operationId(one.device, one.n, one.tag);
    const prev = Object.hasOwn(one.prev, name) ? (one.prev[name] ?? []) : [];
    return {
      id,
      value: one.set[name] ?? null,
      prev,
      key: keyOf(id, [...one.stamp, one.effective_ms]),
      held: !one.accepted,
    };
  });
}

const wire = (head: MergedHead) => [head.value, ...head.ids];

describe("the merge (P8 to P11)", () => {
  type Expected = { fields: Heads; siblings: Heads; edited_while_void: boolean };
  it.each(vectors<{ log: Logged[] }, Expected>("merge"))("$name", ({ input, ...one }) => {
    const names = [...new Set(input.log.flatMap((logged) => Object.keys(logged.set)))];
    const merged = names.flatMap((name) => {
      const field = mergeField(ofField(name, input.log));
      return field ? [{ name, field }] : [];
    });
    const conflicts = merged.filter(({ field }) => field.siblings.length > 0);
    expect(Object.fromEntries(merged.map(({ name, field }) => [name, wire(field.shown)]))).toEqual(one.expect.fields);
    expect(Object.fromEntries(conflicts.map(({ name, field }) => [name, field.siblings.map(wire)]))).toEqual(
      one.expect.siblings,
    );
    const said = input.log.map(({ device, n, tag, saw, prev, accepted }) => {
      return { id: operationId(device, n, tag), saw, prev, held: !accepted };
    });
    const fields = new Map(merged.map(({ name, field }) => [name, field]));
    expect(isEditedWhileVoid(fields, said)).toBe(one.expect.edited_while_void);
  });
});

interface Overlaid {
  readonly device: string;
  readonly record: Pick<ServerRecord, "fields" | "siblings" | "stamps" | "flags"> | null;
  readonly own: readonly Pick<Operation, "n" | "tag" | "set" | "prev" | "saw" | "stamp">[];
}

describe("what the phone notices by itself (P10, P30)", () => {
  it.each(vectors<Overlaid, string[]>("overlay"))("$name", ({ input, expect: flags }) => {
    const record = input.record as ServerRecord | null;
    const own = input.own.map((operation) => ({
      operation: operation as Operation,
      effectiveMs: operation.stamp[0],
      code: null,
    }));
    const fields = overlay(input.device, record, own);
    expect(overlayFlags(input.device, record, own, fields)).toEqual(flags);
  });
});
