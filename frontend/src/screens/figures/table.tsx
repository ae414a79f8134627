/** Figures as tables: on a phone one of two columns for each area or period, on a desk one wide table. */
import { isWide } from "../../components/use-wide.ts";
import { pgettext } from "../../i18n/index.ts";
import { type Measure, measureLabel } from "../../i18n/measures.ts";
import { formatIn, unitLabel } from "../../i18n/units.ts";
import type { Answer, Figures, Row } from "./answer.ts";

interface Props {
  readonly answer: Answer;
  readonly shown: readonly Measure[];
  readonly labelOf: (row: Row) => string;
  readonly caption: string;
}

/** Nothing reported is not zero: it stays a dash. */
const cell = (figures: Figures, { measure, unit }: Measure): string => {
  const value = figures[measure];
  return typeof value === "number" ? formatIn(unit, value) : pgettext("figures.na", "—");
};

const withUnit = (measure: Measure): string => {
  const unit = unitLabel(measure.unit);
  return unit ? `${measureLabel(measure)} (${unit})` : measureLabel(measure);
};

const Silent = ({ row }: { row: Pick<Row, "reported"> }) =>
  row.reported ? null : <span class="mark mark-held">{pgettext("reported.false", "Not reported")}</span>;

function Narrow({
  figures,
  shown,
  caption,
  row,
}: {
  figures: Figures;
  shown: readonly Measure[];
  caption: string;
  row?: Row;
}) {
  return (
    <table class="two">
      <caption>
        {caption} {row && <Silent row={row} />}
      </caption>
      <tbody>
        {shown.map((measure) => (
          <tr key={measure.measure}>
            <th scope="row">{withUnit(measure)}</th>
            <td>{cell(figures, measure)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Wide({ answer, shown, labelOf, caption }: Props) {
  const total = pgettext("total", "Total");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table class="wide">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{pgettext("figures.row", "Area or period")}</th>
            {shown.map((measure) => (
              <th scope="col" key={measure.measure}>
                {withUnit(measure)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {answer.rows.map((row) => (
            <tr key={labelOf(row)}>
              <th scope="row">
                {labelOf(row)} <Silent row={row} />
              </th>
              {shown.map((measure) => (
                <td key={measure.measure}>{cell(row.figures, measure)}</td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{total}</th>
            {shown.map((measure) => (
              <td key={measure.measure}>{cell(answer.total.figures, measure)}</td>
            ))}
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

export function FiguresTable(props: Props) {
  const { answer, shown, labelOf, caption } = props;
  const [only] = answer.rows;
  if (answer.rows.length <= 1 && only?.area === undefined && only?.period === undefined)
    return (
      <Narrow
        figures={only?.figures ?? answer.total.figures}
        shown={shown}
        caption={caption}
        {...(only && { row: only })}
      />
    );
  if (isWide.value) return <Wide {...props} />;
  return (
    <>
      <Narrow figures={answer.total.figures} shown={shown} caption={`${pgettext("total", "Total")} · ${caption}`} />
      {answer.rows.map((row) => (
        <Narrow key={labelOf(row)} figures={row.figures} shown={shown} caption={labelOf(row)} row={row} />
      ))}
    </>
  );
}
