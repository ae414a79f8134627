/** Help in the header of every screen: it opens in place, so that nothing that was typed is left behind. */
import { useState } from "preact/hooks";
import { pgettext } from "../i18n/index.ts";
import { Icon } from "./icon.tsx";
import { lazy } from "./lazy.tsx";

const HelpPanel = lazy(async () => (await import("./help/panel.tsx")).HelpPanel);

export function HelpButton({ name }: { name: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon name="help" /> {pgettext("ui.help", "Help")}
      </button>
      {isOpen && <HelpPanel name={name} />}
    </>
  );
}
