/** A picture as an address that an `img` can show, for as long as it is shown. */
import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../engine/contract.ts";
import type { PhotoView } from "../photos/contract.ts";
import { useEngine } from "./engine-context.ts";

export interface Picture {
  readonly url: string | null;
  readonly problem: Problem | null;
}

const NOTHING: Picture = { url: null, problem: null };

export function usePicture({ id, sha256 }: PhotoView, size: "full" | "thumb"): Picture {
  const engine = useEngine();
  const { offline } = engine.status.value;
  const [picture, setPicture] = useState(NOTHING);
  useEffect(() => {
    let url: string | null = null;
    let isGone = false;
    const read = async () => {
      const outcome = await (await engine.photos()).picture({ id, sha256 }, size);
      if (isGone) return;
      if (outcome.ok) url = URL.createObjectURL(outcome.value);
      setPicture({ url, problem: outcome.ok ? null : outcome.problem });
    };
    read().catch(() => undefined);
    return () => {
      isGone = true;
      if (url) URL.revokeObjectURL(url);
    };
    // What could not be had without a network is asked for again with one.
  }, [engine, id, sha256, size, offline]);
  return picture;
}
