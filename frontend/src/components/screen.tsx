/** One screen: its title names the page and takes the focus after a move, so that a screen reader says where it is. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { pgettext } from "../i18n/index.ts";
import { pageName } from "./help/page-name.ts";
import { HelpButton } from "./help-button.tsx";

let isOpening = true;

interface Props {
  readonly title: string;
  readonly children: ComponentChildren;
  /** The one main action of the screen. It stands below what scrolls, so that it never covers anything. */
  readonly action?: ComponentChildren;
  /** Its page of help where the address does not name it; null: it is help itself. */
  readonly help?: string | null;
}

export function Screen({ title, children, action, help = pageName(location.pathname) }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${pgettext("ui.app", "Địa bàn")}`;
  }, [title]);
  useEffect(() => {
    // The first screen of a visit leaves the focus at the top, where the skip link is.
    if (!isOpening) heading.current?.focus();
    isOpening = false;
  }, []);
  return (
    <>
      <div class="content">
        <div class="heading">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {help !== null && <HelpButton name={help} />}
        </div>
        {children}
        <footer>
          <p>{pgettext("notice.footer", "Enter no state secrets and no residents' personal data")}</p>
        </footer>
      </div>
      {action && <div class="action">{action}</div>}
    </>
  );
}
