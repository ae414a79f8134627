/** What of a record a phone shows on top of what the server says (P30). */
import { expect, it } from "vitest";
import { overlay } from "../src/sync/core/overlay.ts";
import type { Operation } from "../src/sync/core/record.ts";

const OWN = "dddddddddddddddd.1.aaaaaaaa";
const THEIRS = "eeeeeeeeeeeeeeee.1.bbbbbbbb";
const OPERATION: Operation = {
  n: 1,
  tag: "aaaaaaaa",
  record: "01a1ee56-0000-7000-8000-000000000001",
  kind: "patrol",
  partition: "9ad8c500-bdac-58f1-81ff-136675938665",
  set: { officers: 2 },
  prev: {},
  stamp: [10, 0],
  observed: { wall_ms: 10, offset_ms: 0 },
  schema: 1,
} as unknown as Operation;
/** The server has merged it already, and another's later value stands above it. */
const MERGED = {
  fields: { officers: [3, THEIRS] },
  siblings: { officers: [[2, OWN]] },
  stamps: { [OWN]: [10, 0, 10], [THEIRS]: [20, 0, 20] },
} as unknown as Parameters<typeof overlay>[1];

it("keeps on top what waits for its receipt, where the answer with it was lost and the copy came first", () => {
  const waiting = overlay("dddddddddddddddd", MERGED, [{ operation: OPERATION, effectiveMs: 10, code: null }]);
  expect(waiting.get("officers")).toMatchObject({ shown: { value: 2 }, siblings: [{ value: 3 }] });
});

it("leaves the order to the server once it is receipted", () => {
  expect(overlay("dddddddddddddddd", MERGED, []).get("officers")).toMatchObject({ shown: { value: 3 } });
});
