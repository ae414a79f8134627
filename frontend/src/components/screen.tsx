/** One screen: its title names the page and takes the focus after a move, so that a screen reader says where it is. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { pgettext } from "../i18n/index.ts";

let isOpening = true;

export function Screen({ title, children }: { title: string; children: ComponentChildren }) {
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
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </>
  );
}
