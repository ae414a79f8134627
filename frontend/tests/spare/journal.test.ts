/** The journal of the spare copy on real files: whatever cuts it, every line that was flushed is read again. */
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SpareOwner } from "../../src/spare/contract.ts";
import { openJournal, RESERVE_BYTES_MIN } from "../../src/spare/journal.ts";
import type { OutboxRow } from "../../src/store/schema.ts";
import { CAI_KHE, NOW } from "../kit.ts";
import { Disk } from "./disk-file.ts";

let disk: Disk;
beforeEach(() => {
  disk = new Disk();
});
afterEach(() => disk.remove());

function row(n: number, note = "Tổ 1, khu vực 2"): OutboxRow {
  const record = `019a0000-0000-7000-8000-${String(n).padStart(12, "0")}`;
  const observed = { wall_ms: NOW, offset_ms: null, offset_age_ms: null, mono_ms: 1 };
  const what = { record, kind: "patrol", partition: CAI_KHE, set: { note }, prev: {} };
  const operation = { n, tag: `tag${n}`.padEnd(8, "a"), ...what, stamp: [NOW, 0] as const, observed, schema: 1 };
  return { n, record, operation, saved_ms: NOW };
}

const rows = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => ({ row: row(from + at) }));
/** As the next start reads it: a journal that knows nothing but the files. */
const reread = async () => await openJournal(disk.open).read();
const numbers = async () => (await reread()).rows.map(({ n }) => n);

describe("what was appended", () => {
  it("is read again whole, by another start", async () => {
    await openJournal(disk.open).append(rows(1, 3));
    expect((await reread()).rows).toEqual([row(1), row(2), row(3)]);
  });

  it("goes when it is receipted, and its numbers are never given again", async () => {
    const journal = openJournal(disk.open);
    await journal.append(rows(1, 3));
    await journal.append([{ gone: [1, 3] }]);
    expect(await reread()).toMatchObject({ rows: [row(2)], next_n: 4 });
  });

  it("is seen by another tab that knew an earlier state", async () => {
    const [one, other] = [openJournal(disk.open), openJournal(disk.open)];
    await one.append(rows(1, 1));
    await other.append(rows(2, 2));
    await one.append(rows(3, 3));
    expect((await other.read()).rows.map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  it("is gone when somebody has deleted the files, and a new journal begins", async () => {
    const journal = openJournal(disk.open);
    await journal.append(rows(1, 2));
    for (const name of ["0", "1"]) truncateSync(disk.path(name), 0);
    await journal.append(rows(3, 3));
    expect(await numbers()).toEqual([3]);
  });

  it("is kept when another tab has begun anew after the files were deleted", async () => {
    const [one, other] = [openJournal(disk.open), openJournal(disk.open)];
    await one.append(rows(1, 3));
    for (const name of ["0", "1"]) rmSync(disk.path(name));
    await other.append(rows(10, 10));
    await one.append(rows(11, 11));
    expect(await numbers()).toEqual([10, 11]);
  });
});

const texts = () => ["0", "1"].map((name) => readFileSync(disk.path(name), "utf8")).join("");

function owner(...areas: string[]): { owner: SpareOwner } {
  const user = { id: "lan", username: "lan", name: "Lan", role: "officer" as const, areas: [] };
  const session = { user, device: { id: "lan1", name: "?", state: "active" as const } };
  return {
    owner: {
      session,
      partitions: areas.map((id) => ({ id, code: id, name: id, access: "write" as const })),
      in_ms: NOW,
    },
  };
}

describe("the text of what was receipted", () => {
  it("leaves both files with the last row that waited", async () => {
    const journal = openJournal(disk.open);
    await journal.append([owner(CAI_KHE)]);
    for (let n = 1; n <= 6; n += 2) {
      await journal.append(rows(n, n + 1));
      await journal.append([{ gone: [n] }]);
      expect(texts()).toContain("khu vực");
      await journal.append([{ gone: [n + 1] }]);
      expect(texts()).not.toContain("khu vực");
      expect(await reread()).toMatchObject({ ...owner(CAI_KHE), rows: [], next_n: n + 2 });
    }
  });

  it("leaves them with the right to its area, whatever else waits", async () => {
    const journal = openJournal(disk.open);
    await journal.append([owner(CAI_KHE, "other"), { row: row(1, "bí mật") }, { row: row(2, "của tôi") }]);
    await journal.append([{ gone: [1] }]);
    expect(texts()).toContain("bí mật");
    await journal.append([owner(CAI_KHE)]);
    expect(texts()).not.toContain("bí mật");
    expect((await reread()).rows).toEqual([row(2, "của tôi")]);
  });

  it("is nothing that a writing anew that was cut can bring back", async () => {
    const journal = openJournal(disk.open);
    await journal.append([...rows(1, 5)]);
    await journal.append([{ gone: [1, 2, 3, 4, 5] }]);
    // As a phone leaves it that died before the generation was written.
    writeFileSync(disk.path("0"), Buffer.concat([Buffer.alloc(64), readFileSync(disk.path("1")).subarray(64)]));
    await journal.append(rows(6, 6));
    await journal.append([{ gone: [6] }]);
    await journal.append(rows(7, 7));
    expect(await reread()).toMatchObject({ rows: [row(7)], next_n: 8 });
  });
});

describe("a journal that was cut", () => {
  it("at any byte: gives every line before it, and every line after it", async () => {
    await openJournal(disk.open).append(rows(1, 2));
    const before = readFileSync(disk.path("0"));
    const start = before.indexOf('{"row":{"n":2') - 9;
    const end = before.indexOf("\n", start);
    for (let cut = start; cut < end; cut += 7) {
      writeFileSync(
        disk.path("0"),
        before.map((byte, at) => (at >= cut ? 0 : byte)),
      );
      await openJournal(disk.open).append(rows(3, 3));
      expect(await numbers()).toEqual([1, 3]);
    }
  });

  it("in the middle, by a page that was never written: gives the lines around it that are whole", async () => {
    await openJournal(disk.open).append(rows(1, 3));
    const bytes = readFileSync(disk.path("0"));
    const at = bytes.indexOf('"tag":"tag2');
    bytes.fill("?", at, at + 20);
    writeFileSync(disk.path("0"), bytes);
    expect(await numbers()).toEqual([1, 3]);
  });
});

describe("a full disk", () => {
  it("still takes what was set aside for", async () => {
    const journal = openJournal(disk.open);
    expect(await journal.append(rows(1, 1))).toBeGreaterThan(RESERVE_BYTES_MIN);
    disk.freeBytes = 0;
    await journal.append(rows(2, 50));
    expect(await numbers()).toHaveLength(50);
  });

  it("is told before anything is lost, and refuses a line rather than keep half of it", async () => {
    const journal = openJournal(disk.open);
    await journal.append(rows(1, 1));
    disk.freeBytes = 0;
    const big = { row: row(2, "x".repeat(RESERVE_BYTES_MIN * 3)) };
    expect(await journal.append([big])).toBeLessThan(RESERVE_BYTES_MIN);
    await expect(journal.append([{ row: row(3, "x".repeat(RESERVE_BYTES_MIN * 3)) }])).rejects.toMatchObject({
      name: "QuotaExceededError",
    });
    expect(await numbers()).toEqual([1, 2]);
    disk.freeBytes = Number.MAX_SAFE_INTEGER;
    await journal.append(rows(3, 3));
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  it("cannot spoil it while it is written anew: the old file counts until the new one is whole", async () => {
    const journal = openJournal(disk.open);
    await journal.append(rows(1, 800));
    disk.freeBytes = 10_000;
    await journal.append([{ gone: rows(1, 780).map((each) => each.row.n) }]);
    expect(await numbers()).toHaveLength(20);
    disk.freeBytes = Number.MAX_SAFE_INTEGER;
    await openJournal(disk.open).append([{ gone: [781] }]);
    expect(await numbers()).toHaveLength(19);
    expect(readFileSync(disk.path("0"))).toHaveLength(0);
  });
});

describe("what it costs", () => {
  it("is one try, not one for each save, when a full disk has no room to write it anew", async () => {
    const journal = openJournal(disk.open);
    await journal.append(rows(1, 1_500));
    disk.freeBytes = 10_000;
    await journal.append([{ gone: rows(1, 1_480).map((each) => each.row.n) }]);
    const before = disk.writtenBytes;
    for (let n = 1_501; n <= 1_520; n += 1) await journal.append(rows(n, n));
    expect(disk.writtenBytes - before).toBeLessThan(20 * 1_000);
  });

  it("follows the change: one save among two thousand writes its own line", async () => {
    const journal = openJournal(disk.open);
    await journal.append(rows(1, 2_000));
    const before = disk.writtenBytes;
    await journal.append(rows(2_001, 2_001));
    expect(disk.writtenBytes - before).toBeLessThan(2_000);
  });

  it("is bounded: two thousand saved and receipted leave a small file", async () => {
    const journal = openJournal(disk.open);
    for (let n = 1; n <= 2_000; n += 20) {
      await journal.append(rows(n, n + 19));
      await journal.append([{ gone: rows(n, n + 19).map((each) => each.row.n) }]);
    }
    const bytes = readFileSync(disk.path("0")).length + readFileSync(disk.path("1")).length;
    expect(bytes).toBeLessThan(600_000);
    expect(await reread()).toMatchObject({ rows: [], next_n: 2_001 });
    expect(disk.writtenBytes).toBeLessThan(2_000 * 600 * 4);
  });
});
