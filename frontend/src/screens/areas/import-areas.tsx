/** Import a file of areas: first what it would do, row by row, then for real. */
import type { TargetedEvent } from "preact";
import { useState } from "preact/hooks";
import { useEngine } from "../../components/engine-context.ts";
import { Failed, Loading } from "../../components/notice.tsx";
import { useBusy } from "../../components/use-busy.ts";
import type { Outcome, Problem } from "../../engine/contract.ts";
import { formatNumber } from "../../i18n/formats.ts";
import { pgettext } from "../../i18n/index.ts";
import { problemSentence } from "../../i18n/problems.ts";
import { withQuery } from "../wire.ts";
import { areaKindLabel } from "./area-kinds.ts";

interface ImportRow {
  readonly row: number;
  readonly name: string;
  readonly kind: string;
  readonly outcome: "added" | "exists" | "error";
  readonly code: string | null;
  readonly detail: string | null;
}
interface Report {
  readonly rows: readonly ImportRow[];
  readonly added: number;
  readonly errors: number;
  readonly dry_run: boolean;
}

/** A file as it was when it was chosen: what is imported is what was checked, whatever becomes of the file. */
interface Chosen {
  readonly name: string;
  readonly bytes: ArrayBuffer;
}

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** By its name: phones and office suites disagree on the type of a CSV file. */
export const contentTypeOf = (fileName: string): string =>
  fileName.toLowerCase().endsWith(".xlsx") ? XLSX : "text/csv";

function outcomeText(row: ImportRow, isDryRun: boolean): string {
  if (row.outcome === "error") return row.detail || problemSentence(row.code ?? "");
  if (row.outcome === "exists") return pgettext("areas.row_exists", "Already there");
  return isDryRun ? pgettext("areas.row_will_add", "Will be added") : pgettext("areas.row_added", "Added");
}

function ReportTable({ report }: { report: Report }) {
  const counts = { added: formatNumber(report.added), errors: formatNumber(report.errors) };
  return (
    <>
      <p role="status">
        {report.dry_run
          ? pgettext("areas.would_add", "%(added)s to add, %(errors)s rows with errors", counts)
          : pgettext("areas.have_added", "%(added)s added, %(errors)s rows with errors", counts)}
      </p>
      <table class="pairs">
        <caption>{pgettext("areas.rows", "Rows of the file")}</caption>
        <tbody>
          {report.rows.map((row) => (
            <tr key={row.row}>
              <th scope="row">
                {row.row}. {row.name} {row.kind && <span class="quiet">{areaKindLabel(row.kind)}</span>}
              </th>
              <td class={`row-${row.outcome}`}>{outcomeText(row, report.dry_run)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

async function readFile(picked: File): Promise<Chosen | null> {
  try {
    return { name: picked.name, bytes: await picked.arrayBuffer() };
  } catch {
    return null;
  }
}

const Refused = ({ problem }: { problem: Problem }) => (
  <>
    <Failed problem={problem} />
    <ul>
      {(problem.errors ?? []).map(({ pointer, detail }) => (
        <li key={`${pointer} ${detail}`}>{detail || pointer}</li>
      ))}
    </ul>
  </>
);

export function ImportAreas({ parent, added }: { parent: string; added: () => void }) {
  const engine = useEngine();
  const [file, setFile] = useState<Chosen | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, run] = useBusy();
  const send = async (chosen: Chosen, isDryRun: boolean) => {
    const path = withQuery("/api/v1/areas/import", { parent, dry_run: String(isDryRun) });
    const outcome: Outcome<Report> = await engine.post(path, chosen.bytes, contentTypeOf(chosen.name));
    setReport(outcome.ok ? outcome.value : null);
    setProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok && !isDryRun) added();
  };
  const check = async (picked: File) => {
    setFile(null);
    setReport(null);
    setProblem(null);
    const chosen = await readFile(picked);
    setFile(chosen);
    if (chosen) await send(chosen, true);
    else setProblem({ code: "file-unreadable", title: "", detail: "", status: 0 });
  };
  const choose = (event: TargetedEvent<HTMLInputElement>) => {
    const picked = event.currentTarget.files?.[0];
    if (picked) run(() => check(picked));
    // The same file can be chosen again, corrected.
    event.currentTarget.value = "";
  };
  return (
    <section>
      <h2>{pgettext("areas.import", "Import a file")}</h2>
      <div class="field">
        <label for="file">{pgettext("areas.file", "File (XLSX or CSV)")}</label>
        <p class="hint" id="file-hint">
          {pgettext(
            "areas.file_hint",
            "One area a row, with its name and kind. Nothing is written before it has been checked.",
          )}
        </p>
        <input
          id="file"
          type="file"
          accept=".xlsx,.csv"
          aria-describedby="file-hint"
          disabled={isBusy}
          onChange={choose}
        />
        {file && <p>{file.name}</p>}
      </div>
      {isBusy && <Loading />}
      {problem && <Refused problem={problem} />}
      {report && <ReportTable report={report} />}
      {report?.dry_run && file && report.added > 0 && (
        <button type="button" class="primary" onClick={() => run(() => send(file, false))}>
          {pgettext("areas.import_now", "Import these areas")}
        </button>
      )}
    </section>
  );
}
