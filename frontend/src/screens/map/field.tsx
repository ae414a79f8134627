/** The map itself: a canvas that is drawn anew when what is to be seen changes, or the light does. */
import { useEffect, useRef, useState } from "preact/hooks";
import { pgettext } from "../../i18n/index.ts";
import { North, Scale, Zoom } from "./controls.tsx";
import { type Drawing, openDrawing, type Scene, type View } from "./drawing.ts";
import sheet from "./map.css?inline";
import type { Position } from "./tracks.ts";

/** Once for the visit; the page's policy lets a sheet of ours in, and no style that is written into the page. */
function dress(): void {
  const own = new CSSStyleSheet();
  own.replaceSync(sheet);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, own];
}
dress();

interface Props {
  readonly scene: Scene;
  /** Where to look; null: at all there is. */
  readonly look: Position | null;
  readonly onPick: (key: string | null) => void;
}

export function Field({ scene, look, onPick }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const [view, setView] = useState<View | null>(null);
  useEffect(() => {
    if (!box.current) return;
    drawing.current = openDrawing(box.current, setView, onPick);
    return () => drawing.current?.close();
  }, []);
  const hasUnit = scene.boundaries.length > 0;
  // Somebody who has moved the map is not moved back by every record that comes.
  useEffect(() => {
    if (look) {
      drawing.current?.goTo(look);
      box.current?.scrollIntoView({ block: "nearest" });
    } else drawing.current?.showAll(scene);
  }, [look, hasUnit]);
  useEffect(() => {
    const draw = () => drawing.current?.draw(scene);
    const theme = matchMedia("(prefers-color-scheme: dark)");
    draw();
    theme.addEventListener("change", draw);
    return () => theme.removeEventListener("change", draw);
  }, [scene]);
  return (
    <div class="map-frame">
      <div class="map-box" ref={box} role="application" aria-label={pgettext("map.title", "Map")} />
      <North />
      {view && <Scale view={view} />}
      <Zoom by={(levels) => drawing.current?.zoomBy(levels)} />
    </div>
  );
}
