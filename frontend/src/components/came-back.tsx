/** What came back to the officer: records that the server holds, and a disk that is nearly full. */
import type { Engine } from "../engine/contract.ts";
import { formatNumber } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { problemSentence } from "../i18n/problems.ts";
import { isLowOnSpace } from "../platform/device-storage.ts";
import { useEngine } from "./engine-context.ts";
import { LinkRows } from "./link-rows.tsx";
import { Warning } from "./notice.tsx";
import { useLive } from "./use-live.ts";

/** More than anybody counts. */
const UNDECIDED_MAX = 100;

async function countUndecided(engine: Engine): Promise<number> {
  return (await (await engine.decisions()).undecided(UNDECIDED_MAX)).length;
}

export function CameBack() {
  const engine = useEngine();
  const storage = useLive(() => engine.storage());
  // A locked phone cannot tell.
  const undecided = useLive(() => countUndecided(engine).catch(() => 0));
  const n = engine.status.value.heldRecords + (undecided ?? 0);
  const label = pgettext("home.came_back", "Needs attention: %(n)s", { n: formatNumber(n) });
  return (
    <>
      {n > 0 && <LinkRows links={[{ to: "/sync", icon: "held", label }]} />}
      {storage && isLowOnSpace(storage) && <Warning>{problemSentence("storage-low")}</Warning>}
    </>
  );
}
