/** What of a gettext catalogue reaches the app. */
import { expect, it } from "vitest";
import { withoutWords } from "../build/kinds-plugin.ts";
import { readCatalogue } from "../build/po-plugin.ts";
import { codesOf } from "../build/problems-plugin.ts";

const HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n';
const entry = (reference: string, msgid: string, msgstr: string, extra = "") =>
  `#: ${reference}\n${extra}msgctxt "c.${msgid}"\nmsgid "${msgid}"\nmsgstr "${msgstr}"\n`;

const source = (...entries: string[]) => Buffer.from([HEADER, ...entries].join("\n"));
const read = (...entries: string[]) => readCatalogue(source(...entries), "first");

it("keeps what the app, the kinds and the problems say, by context", () => {
  const found = read(
    entry("frontend/src/screens/home.tsx", "Home", "Trang chủ"),
    entry("sync/kinds.json", "Patrol", "Tuần tra"),
    entry("sync/problems.json", "Busy", "Bận"),
  );
  expect(found).toEqual({
    "c.Home": ["Trang chủ"],
    "c.Patrol": ["Tuần tra"],
    "c.Busy": ["Bận"],
  });
});

it("drops what is only the server's, fuzzy, empty, or what the msgid says already", () => {
  const found = read(
    entry("backend/reports/book.py", "Page", "Trang"),
    entry("frontend/src/screens/home.tsx", "Fuzzy", "Mờ", "#, fuzzy\n"),
    entry("frontend/src/screens/home.tsx", "Empty", ""),
    entry("frontend/src/screens/home.tsx", "Same", "Same"),
  );
  expect(found).toEqual({});
});

it("keeps for later what lazy screens alone say", () => {
  const both = "frontend/src/screens/home.tsx frontend/src/screens/feed/feed.tsx";
  const whole = source(
    entry("frontend/src/screens/feed/feed.tsx backend/feed.py", "Feed", "Bảng tin"),
    entry("sync/measures.json", "Patrols", "Ca tuần tra"),
    entry(both, "More", "Thêm"),
  );
  expect(readCatalogue(whole, "first")).toEqual({ "c.More": ["Thêm"] });
  expect(readCatalogue(whole, "later")).toEqual({ "c.Feed": ["Bảng tin"], "c.Patrols": ["Ca tuần tra"] });
});

it("keeps for later the words of vocabularies, in English too, and leaves them out of the kinds", () => {
  const word = (text: string) => `#: sync/kinds.json\nmsgctxt "patrol_type.night"\nmsgid "Night"\nmsgstr "${text}"\n`;
  expect(readCatalogue(source(word("Đêm")), "first")).toEqual({});
  expect(readCatalogue(source(word("Đêm")), "later")).toEqual({ "patrol_type.night": ["Đêm"] });
  expect(readCatalogue(source(word("Night")), "later")).toEqual({ "patrol_type.night": ["Night"] });
  const patrol = { context: "patrol", label: "Patrol", fields: {} };
  const night = { context: "patrol_type.night", label: "Night" };
  const bare = JSON.parse(
    withoutWords(JSON.stringify({ vocabularies: { patrol_type: { night } }, kinds: { patrol } })),
  ) as object;
  expect(bare).toEqual({
    vocabularies: { patrol_type: { night: { context: "patrol_type.night" } } },
    kinds: { patrol },
  });
});

it("has the sentences of problems in English, too: the app itself has their codes alone", () => {
  const busy = '#: sync/problems.json\nmsgctxt "problem.busy"\nmsgid "Busy"\nmsgstr "Busy"\n';
  expect(readCatalogue(source(busy), "first")).toEqual({ "problem.busy": ["Busy"] });
  expect(codesOf('{"problems": {"busy": {"title": "Busy", "detail": "Busy", "status": 503}}}')).toBe(
    '{"problems":{"busy":{}}}',
  );
});
