/** The way out of a device that cannot send (P29): its unsent records in a file, and files of others brought here. */
import type { TargetedEvent } from "preact";
import { useState } from "preact/hooks";
import { useEngine } from "../components/engine-context.ts";
import { Loading } from "../components/notice.tsx";
import { useBusy } from "../components/use-busy.ts";
import type { Outcome, SealedFile } from "../engine/contract.ts";
import { formatNumber } from "../i18n/formats.ts";
import { pgettext } from "../i18n/index.ts";
import { codeOf, problemSentence, problemText } from "../i18n/problems.ts";

const MEDIA_TYPE = "application/vnd.diaban.sealed+json";

interface Said {
  readonly text: string;
  readonly isFault: boolean;
}

/** What a piece of work has to say; whatever it throws is said as a fault. */
async function saying(work: () => Promise<Said>): Promise<Said> {
  try {
    return await work();
  } catch (thrown) {
    return { text: problemSentence(codeOf(thrown)), isFault: true };
  }
}

const refused = (outcome: Outcome<unknown> & { ok: false }): Said => ({
  text: problemText(outcome.problem),
  isFault: true,
});

function Words({ said }: { said: Said | null }) {
  if (said?.isFault)
    return (
      <p class="notice notice-error" role="alert">
        {said.text}
      </p>
    );
  return <div role="status">{said && <p class="notice notice-done">{said.text}</p>}</div>;
}

/** A download that has begun may still be reading. */
const DOWNLOAD_MS = 60_000;

/** As the phone keeps its other files: wherever its person has told it to. */
function download({ name, bytes }: SealedFile): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: "text/plain" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_MS);
}

function exported({ name, operations, left }: SealedFile): Said {
  if (operations === 0)
    return { text: pgettext("sealed.nothing", "There is nothing to export: no record is unsent."), isFault: false };
  const done = pgettext(
    "sealed.exported",
    "Written to %(name)s: %(n)s entries. Bring the file from another device of the unit; the records stay here, too.",
    { name, n: formatNumber(operations) },
  );
  const more = pgettext("sealed.left", "%(n)s entries are left for the next file.", { n: formatNumber(left) });
  return { text: left > 0 ? `${done} ${more}` : done, isFault: false };
}

function Exporting() {
  const engine = useEngine();
  const [isBusy, run] = useBusy();
  const [said, setSaid] = useState<Said | null>(null);
  /** Where the next file goes on: an outbox may be larger than one. */
  const [afterN, setAfterN] = useState(0);
  const write = async () => {
    const outcome = await engine.exportUnsent(afterN);
    if (!outcome.ok) return refused(outcome);
    const { value } = outcome;
    if (value.operations > 0) download(value);
    setAfterN(value.left > 0 ? value.lastN : 0);
    return exported(value);
  };
  return (
    <>
      <p class="hint">
        {pgettext(
          "sealed.export_hint",
          "If this device cannot send: only the server can open the file. Photos are not in it.",
        )}
      </p>
      <button type="button" disabled={isBusy} onClick={() => run(async () => setSaid(await saying(write)))}>
        {afterN > 0
          ? pgettext("sealed.export_next", "Export the next file")
          : pgettext("ui.export_unsent", "Export unsent records to a file")}
      </button>
      <Words said={said} />
    </>
  );
}

interface Brought {
  readonly receipts: readonly { readonly status: "accepted" | "held" }[];
}

function brought({ receipts }: Brought): Said {
  const held = receipts.filter(({ status }) => status === "held").length;
  const counts = { accepted: formatNumber(receipts.length - held), held: formatNumber(held) };
  const text = pgettext(
    "sealed.imported",
    "The server has the file: %(accepted)s entries received, %(held)s held.",
    counts,
  );
  return { text, isFault: false };
}

function Importing() {
  const engine = useEngine();
  const [isBusy, run] = useBusy();
  const [said, setSaid] = useState<Said | null>(null);
  const send = async (file: File) => {
    const bytes = await file.arrayBuffer().catch(() => null);
    if (!bytes) return { text: problemSentence("file-unreadable"), isFault: true };
    const outcome = await engine.post<Brought>("/api/v1/sealed", bytes, MEDIA_TYPE);
    return outcome.ok ? brought(outcome.value) : refused(outcome);
  };
  const choose = (event: TargetedEvent<HTMLInputElement>) => {
    const [file] = event.currentTarget.files ?? [];
    if (file) run(async () => setSaid(await saying(() => send(file))));
    // The same file may be brought again.
    event.currentTarget.value = "";
  };
  return (
    <>
      <div class="field">
        <label for="sealed">{pgettext("ui.import_unsent", "Import a file of unsent records")}</label>
        <p class="hint" id="sealed-hint">
          {pgettext("sealed.import_hint", "From a device of the unit that cannot send. It needs the network.")}
        </p>
        <input
          id="sealed"
          type="file"
          accept=".txt"
          aria-describedby="sealed-hint"
          disabled={isBusy}
          onChange={choose}
        />
      </div>
      {isBusy && <Loading />}
      <Words said={said} />
    </>
  );
}

export function SealedFiles() {
  return (
    <section>
      <h2>{pgettext("sealed.title", "File of unsent records")}</h2>
      <Exporting />
      <Importing />
    </section>
  );
}
