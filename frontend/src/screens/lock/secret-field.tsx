/** One field for a passphrase or a PIN: what is typed can be looked at, for gloves and rain hide nothing from a thief. */
import { useState } from "preact/hooks";
import type { LockStatus } from "../../engine/contract.ts";
import { pgettext } from "../../i18n/index.ts";

interface Props {
  readonly kind: LockStatus["ways"][number];
  readonly name: string;
  readonly autoComplete: "current-password" | "new-password";
  /** The same once more. */
  readonly isAgain?: boolean;
  readonly fault?: string | null;
}

export function SecretField({ kind, name, autoComplete, isAgain = false, fault = null }: Props) {
  const [isShown, setShown] = useState(false);
  const isPin = kind === "pin";
  // Preact types each kind of input apart; both of these take the same attributes.
  const type = { type: isShown ? "text" : "password" } as { type: "text" };
  return (
    <div class="field">
      <label for={name}>{isAgain ? labelAgain(isPin) : label(isPin)}</label>
      {fault && (
        <p class="fault" id={`${name}-fault`}>
          {fault}
        </p>
      )}
      <input
        id={name}
        name={name}
        {...type}
        inputMode={isPin ? "numeric" : "text"}
        autoComplete={autoComplete}
        autoCapitalize="none"
        spellcheck={false}
        {...(fault && { "aria-describedby": `${name}-fault`, "aria-invalid": true as const })}
      />
      <label class="choice">
        <input type="checkbox" onChange={(event) => setShown(event.currentTarget.checked)} />
        <span>{pgettext("lock.show", "Show what is typed")}</span>
      </label>
    </div>
  );
}

const label = (isPin: boolean): string =>
  isPin ? pgettext("ui.pin", "Device PIN") : pgettext("lock.passphrase", "Passphrase of this device");

const labelAgain = (isPin: boolean): string =>
  isPin
    ? pgettext("lock.pin_again", "The PIN once more")
    : pgettext("lock.passphrase_again", "The passphrase once more");
