/** A screen that is fetched when it is first opened: feed, figures, areas and one record weigh nothing on the way to a patrol. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { loadLater, pgettext } from "../i18n/index.ts";
import { Loading, Warning } from "./notice.tsx";

/** `isQuiet`: a part that nobody waits for says nothing while it is fetched, or when it cannot be. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>, isQuiet = false): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [Shown, setShown] = useState<ComponentType<P> | null>(() => loaded);
    const [hasFailed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded) return;
      Promise.all([load(), loadLater()]).then(
        ([component]) => {
          loaded = component;
          setShown(() => component);
        },
        () => setFailed(true),
      );
    }, []);
    if (!Shown && isQuiet) return null;
    if (hasFailed)
      return (
        <Warning>{pgettext("ui.not_loaded", "This screen could not be loaded. Go online and open it again.")}</Warning>
      );
    return Shown ? <Shown {...props} /> : <Loading />;
  };
}
