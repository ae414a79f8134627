/** Fields with the label above, the hint below it and the error in words beside it. Values are read on submit only:
 * nothing here rewrites what is being typed, which would break Telex and VNI composition. */
import type { ComponentChildren } from "preact";
import { pgettext } from "../i18n/index.ts";

export interface Fault {
  readonly field: string;
  readonly text: string;
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly faults?: readonly Fault[];
}

const faultOf = ({ name, faults }: FieldProps): string | undefined =>
  faults?.find((fault) => fault.field === name)?.text;

/** The ids that describe the control: its hint, and its error when there is one. */
function describedBy(props: FieldProps): { readonly "aria-describedby"?: string; readonly "aria-invalid"?: true } {
  const ids = [props.hint && `${props.name}-hint`, faultOf(props) && `${props.name}-fault`].filter(Boolean).join(" ");
  return { ...(ids && { "aria-describedby": ids }), ...(faultOf(props) && { "aria-invalid": true as const }) };
}

function Words(props: FieldProps) {
  const fault = faultOf(props);
  return (
    <>
      {props.hint && (
        <p class="hint" id={`${props.name}-hint`}>
          {props.hint}
        </p>
      )}
      {fault && (
        <p class="fault" id={`${props.name}-fault`}>
          {fault}
        </p>
      )}
    </>
  );
}

function Labelled({ children, ...props }: FieldProps & { children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={props.name}>{props.label}</label>
      <Words {...props} />
      {children}
    </div>
  );
}

export function CountField({ value, ...props }: FieldProps & { value?: number | null | undefined }) {
  return (
    <Labelled {...props}>
      <input
        id={props.name}
        name={props.name}
        type="text"
        inputMode="numeric"
        autoComplete="off"
        defaultValue={value === null || value === undefined ? "" : String(value)}
        {...describedBy(props)}
      />
    </Labelled>
  );
}

type TextProps = FieldProps & {
  value?: string | undefined;
  type?: "text" | "password" | "datetime-local" | "date" | "search" | undefined;
  autoComplete?: string;
  capitals?: boolean;
  onText?: (text: string) => void;
};

export function TextField({
  value = "",
  type = "text",
  autoComplete = "off",
  capitals = true,
  onText,
  ...props
}: TextProps) {
  // Preact types each kind of input apart; all of these take the same attributes.
  const kind = { type } as { type: "text" };
  return (
    <Labelled {...props}>
      <input
        id={props.name}
        name={props.name}
        {...kind}
        autoComplete={autoComplete}
        autoCapitalize={capitals && type === "text" ? "sentences" : "none"}
        defaultValue={value}
        onInput={(event) => onText?.(event.currentTarget.value)}
        {...describedBy(props)}
      />
    </Labelled>
  );
}

export function NoteField({ value = "", ...props }: FieldProps & { value?: string | undefined }) {
  return (
    <Labelled {...props}>
      {/* Without it the browser writes what is typed into its own list of open tabs. */}
      <textarea
        id={props.name}
        name={props.name}
        rows={3}
        autoComplete="off"
        defaultValue={value}
        {...describedBy(props)}
      />
    </Labelled>
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

type SelectProps = FieldProps & {
  choices: readonly Choice[];
  value: string | null;
  onPick?: (value: string) => void;
};

export function SelectField({ choices, value, onPick, ...props }: SelectProps) {
  return (
    <Labelled {...props}>
      <select
        id={props.name}
        name={props.name}
        {...(onPick && { onChange: (event) => onPick(event.currentTarget.value) })}
        {...describedBy(props)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} selected={choice.value === value}>
            {choice.label}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

type GroupProps = FieldProps & {
  choices: readonly Choice[];
  /** Rarer ones, behind one tap. */
  others?: readonly Choice[];
  chosen: readonly string[];
  several: boolean;
};

function Rows({ name, choices, chosen, several }: Omit<GroupProps, "others">) {
  return (
    <>
      {choices.map(({ value, label }) => (
        <label class="choice" key={value}>
          <input
            type={several ? "checkbox" : "radio"}
            name={name}
            value={value}
            defaultChecked={chosen.includes(value)}
          />
          <span>{label}</span>
        </label>
      ))}
    </>
  );
}

/** Big rows of radio buttons or check boxes: the commonest answers are one tap away. */
export function ChoiceGroup({ others = [], ...props }: GroupProps) {
  const { label, several, chosen } = props;
  return (
    <fieldset class="field choices" {...describedBy(props)}>
      <legend>
        {label} {several && <span class="hint">{pgettext("ui.several", "(several may be chosen)")}</span>}
      </legend>
      <Words {...props} />
      <Rows {...props} />
      {others.length > 0 && (
        <details class="part" open={others.some(({ value }) => chosen.includes(value))}>
          <summary>{pgettext("ui.other_choices", "Other choices")}</summary>
          <Rows {...props} choices={others} />
        </details>
      )}
    </fieldset>
  );
}
