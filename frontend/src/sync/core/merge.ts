/** The merge of one field: a pure function of the set of operations on it (P8, P9, P11). */
import { canonical } from "./canonical.ts";
import { compareKeys, type Key } from "./stamp.ts";
import { compareText, type Value } from "./value.ts";

/** One operation as one field sees it. */
export interface FieldOperation {
  readonly id: string;
  readonly value: Value;
  readonly prev: readonly string[];
  readonly key: Key;
  readonly held: boolean;
}

/** A value that no known operation has replaced, with every id that carries it, highest key first. */
export interface MergedHead {
  readonly value: Value;
  readonly ids: readonly string[];
  readonly key: Key;
}

export interface MergedField {
  readonly shown: MergedHead;
  readonly siblings: readonly MergedHead[];
}

/** The heads of a field, or null where nothing accepted sets it. */
export function mergeField(operations: readonly FieldOperation[]): MergedField | null {
  const accepted = operations.filter((operation) => !operation.held);
  if (accepted.length === 0) return null;
  const replaced = namedIds(accepted, heldById(operations));
  const heads = accepted.filter((operation) => !replaced.has(operation.id));
  // Only a forged cycle between devices leaves no head; the highest key then stands (P8).
  return groupHeads(heads.length > 0 ? heads : [highest(accepted)]);
}

function heldById(operations: readonly FieldOperation[]): Map<string, FieldOperation> {
  return new Map(operations.filter((operation) => operation.held).map((operation) => [operation.id, operation]));
}

/** Every id that the operations replace; one that names a held operation names what that one named. */
function namedIds(operations: readonly FieldOperation[], held: ReadonlyMap<string, FieldOperation>): Set<string> {
  return reach(
    operations.flatMap((operation) => operation.prev),
    (id) => held.get(id)?.prev ?? [],
  );
}

/** Heads of equal value become one with several ids (P9); the one with the highest key is shown (P4). */
export function groupHeads(heads: readonly Pick<FieldOperation, "id" | "value" | "key">[]): MergedField | null {
  const groups = new Map<string, { value: Value; ids: string[]; key: Key }>();
  for (const head of heads.toSorted((a, b) => compareKeys(b.key, a.key))) {
    // A value without canonical text (it came from a newer server) equals nothing but itself.
    const name = canonical(head.value) ?? `id ${head.id}`;
    const group = groups.get(name);
    if (group) group.ids.push(head.id);
    else groups.set(name, { value: head.value, ids: [head.id], key: head.key });
  }
  const [shown, ...siblings] = groups.values();
  return shown ? { shown, siblings } : null;
}

/** What is known of an operation where voiding is concerned (P10). */
export interface Said {
  readonly id: string;
  readonly saw: readonly string[];
  readonly prev: Readonly<Record<string, readonly string[]>>;
  readonly held: boolean;
}

/**
 * Whether a void record has heads that its voiding did not see and that did not see it (P10). `said` holds what is
 * known of its operations; of a head of which nothing is known, `isSeen` says.
 */
export function isEditedWhileVoid(
  fields: ReadonlyMap<string, MergedField>,
  said: readonly Said[],
  isSeen: (head: MergedHead, voiding: MergedHead) => boolean = () => false,
): boolean {
  const voiding = fields.get("void")?.shown;
  if (!voiding || voiding.value === null) return false;
  const accepted = new Map(said.filter((one) => !one.held).map((one) => [one.id, one]));
  // Held ones stand for what they name; an accepted one of the same id speaks for itself.
  const heldAs = (id: string) => (accepted.has(id) ? [] : said.filter((one) => one.held && one.id === id));
  const follow = (start: readonly string[], names: (one: Said) => readonly string[]) =>
    reach(start, (id) => heldAs(id).flatMap(names));
  const seen = follow(
    voiding.ids.flatMap((id) => accepted.get(id)?.saw ?? []),
    ({ saw, prev }) => [...saw, ...Object.values(prev).flat()],
  );
  const sawVoiding = (id: string) => {
    const one = accepted.get(id);
    const names = one ? follow(voidsNamed(one), voidsNamed) : new Set<string>();
    return voiding.ids.some((each) => names.has(each));
  };
  const isCovered = (head: MergedHead) =>
    head.ids.some((id) => seen.has(id) || voiding.ids.includes(id) || sawVoiding(id)) ||
    (!head.ids.every((id) => accepted.has(id)) && isSeen(head, voiding));
  const others = [...fields].flatMap(([name, { shown, siblings }]) => (name === "void" ? [] : [shown, ...siblings]));
  return !others.every(isCovered);
}

const voidsNamed = ({ prev }: Said): readonly string[] => (Object.hasOwn(prev, "void") ? (prev.void ?? []) : []);

/** The ids given, and those that they lead to, all the way down. */
function reach(start: readonly string[], next: (id: string) => readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...next(id));
  }
  return found;
}

function highest(operations: readonly FieldOperation[]): FieldOperation {
  return operations.reduce((best, operation) => (compareKeys(operation.key, best.key) > 0 ? operation : best));
}

/** Ids in the order in which they are sent and compared. */
export function sortIds(ids: Iterable<string>): string[] {
  return [...new Set(ids)].sort(compareText);
}
