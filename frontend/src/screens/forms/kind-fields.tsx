/** Fields of a kind, drawn from the table of kinds: label, unit, limits and words come from there. */
import {
  type Choice,
  ChoiceGroup,
  CountField,
  type Fault,
  NoteField,
  SelectField,
  TextField,
} from "../../components/field.tsx";
import type { Value } from "../../engine/contract.ts";
import { flagLabel } from "../../i18n/flags.ts";
import { wallClock } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { fieldLabel, fieldOf, wordLabel, wordsOf } from "../../i18n/kinds.ts";
import { unitLabel } from "../../i18n/units.ts";
import type { Fields } from "./reading.ts";

/** Above this many characters a text gets several lines. */
const LONG_TEXT_FROM_CHARACTERS = 501;

/** Above this many a single choice is quicker in a select than in rows to scroll past. */
const ROWS_MAX = 6;
const notChosen = () => ({ value: "", label: pgettext("ui.not_chosen", "Not chosen") });

/** Choices that stand as rows, the rest behind one tap: what was chosen lately, then what is usual (`interface.md` rule 10). */
export type First = Readonly<Record<string, readonly string[]>>;
const FIRST_MAX = 6;

interface Props {
  readonly first?: First | undefined;
  readonly kind: string;
  readonly names: readonly string[];
  readonly shown: Fields;
  readonly faults: readonly Fault[];
  /** Keeps the names of a child record's fields apart from its parent's in one form. */
  readonly prefix?: string;
}

const chosenOf = (value: Value | undefined): readonly string[] =>
  Array.isArray(value) ? value.map(String) : value === null || value === undefined ? [] : [String(value)];

function One({ kind, name, shown, faults, first, prefix = "" }: Omit<Props, "names"> & { name: string }) {
  const field = fieldOf(kind, name);
  const value = shown[name];
  const label = fieldLabel(kind, name);
  const unit = unitLabel(field?.unit);
  const shared = { name: prefix + name, label, faults };
  switch (field?.type) {
    case "count":
      return <CountField {...shared} label={unit ? `${label} (${unit})` : label} value={value as number | null} />;
    case "time":
      return <TextField {...shared} type="datetime-local" value={typeof value === "number" ? wallClock(value) : ""} />;
    case "choice":
    case "list": {
      const vocabulary = field.vocabulary ?? "";
      const choices = wordsOf(vocabulary).map((word) => ({ value: word, label: wordLabel(vocabulary, word) }));
      const [chosen] = chosenOf(value);
      const several = field.type === "list";
      const leading = first?.[name];
      if (leading && choices.length > ROWS_MAX)
        return <ChoiceGroup {...shared} {...split(choices, leading)} chosen={chosenOf(value)} several={several} />;
      if (!several && choices.length > ROWS_MAX)
        return <SelectField {...shared} choices={[notChosen(), ...choices]} value={chosen ?? ""} />;
      return <ChoiceGroup {...shared} choices={choices} chosen={chosenOf(value)} several={several} />;
    }
    case "flag": {
      const choices = [true, false].map((flag) => ({ value: String(flag), label: flagLabel(name, flag) }));
      return <ChoiceGroup {...shared} choices={choices} chosen={chosenOf(value)} several={false} />;
    }
    default: {
      const isLong = name === "note" || (field?.characters_max ?? 0) >= LONG_TEXT_FROM_CHARACTERS;
      const text = typeof value === "string" ? value : "";
      return isLong ? <NoteField {...shared} value={text} /> : <TextField {...shared} value={text} />;
    }
  }
}

function split(choices: readonly Choice[], leading: readonly string[]) {
  const names = [...new Set(leading)].slice(0, FIRST_MAX);
  const found = names.flatMap((name) => choices.filter(({ value }) => value === name));
  return { choices: found, others: choices.filter((choice) => !found.includes(choice)) };
}

export const KindFields = ({ names, ...props }: Props) => (
  <>
    {names.map((name) => (
      <One key={name} name={name} {...props} />
    ))}
  </>
);
