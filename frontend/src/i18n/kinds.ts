/** Kinds, fields and vocabularies with their words, from the one source that the server reads too. */
import source from "../../../sync/kinds.json";
import { pgettext } from "./index.ts";

export interface Labelled {
  readonly context: string;
  readonly label: string;
}
export interface Field extends Labelled {
  readonly type: string;
  readonly vocabulary?: string;
  readonly characters_max?: number;
  readonly min?: number;
  readonly max?: number;
  readonly unit?: string;
}
export interface Kind extends Labelled {
  readonly writers: readonly string[];
  readonly activity: boolean;
  readonly child: boolean;
  readonly fields: Readonly<Record<string, Field>>;
}
interface Kinds {
  readonly vocabularies: Readonly<
    Record<string, Readonly<Record<string, Pick<Labelled, "context"> & Partial<Labelled>>>>
  >;
  readonly kinds: Readonly<Record<string, Kind>>;
}

const all = source as unknown as Kinds;
export const label = (words: Labelled): string => pgettext(words.context, words.label);

export const kindOf = (kind: string): Kind | undefined => all.kinds[kind];
export const fieldOf = (kind: string, field: string): Field | undefined => all.kinds[kind]?.fields[field];

/** A newer server may name kinds, fields and values that this app does not know: they show by their wire name. */
export const kindLabel = (kind: string): string => {
  const known = kindOf(kind);
  return known ? label(known) : kind;
};
export const fieldLabel = (kind: string, field: string): string => {
  const known = fieldOf(kind, field);
  return known ? label(known) : field;
};
/** A person is kept as an id, and this phone knows no names to it. */
export const isPerson = (kind: string, field: string): boolean => fieldOf(kind, field)?.type === "user";
export const wordLabel = (vocabulary: string, value: string): string => {
  const known = all.vocabularies[vocabulary]?.[value];
  // Their English stands in the catalogue of what is fetched later (build/kinds-plugin.ts).
  return known ? pgettext(known.context, known.label ?? value) : value;
};

export const wordsOf = (vocabulary: string): readonly string[] => Object.keys(all.vocabularies[vocabulary] ?? {});
/** What counts as activity. Incidents and hand-outs may stand below another record, or for themselves. */
export const activityKinds = (): readonly string[] =>
  Object.entries(all.kinds).flatMap(([name, kind]) => (kind.activity ? [name] : []));
