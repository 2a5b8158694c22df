/** The report of a benchmark, and its output as a table. */

export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The same of the rival, in the same run. */
  readonly rival?: number;
  /** Value by rival. */
  readonly ratio?: number;
  readonly target?: string;
  readonly met?: boolean;
}

export interface Report {
  readonly name: string;
  readonly rows: readonly Row[];
}

/** Bounds of the ratio of a row, or of its value if it has no rival. */
export interface Bounds {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A row, with a verdict if bounds are given. */
export function row(what: string, value: number, unit: string, rival?: number, bounds: Bounds = {}): Row {
  const ratio = rival === undefined ? undefined : value / rival;
  const judged = ratio ?? value;
  const { atLeast, atMost } = bounds;
  const target =
    atLeast !== undefined
      ? `>= ${figure(atLeast)}`
      : atMost !== undefined
        ? `<= ${figure(atMost)}`
        : undefined;
  return {
    what,
    value,
    unit,
    ...(rival !== undefined && { rival, ratio: value / rival }),
    ...(target !== undefined && {
      target,
      met: judged >= (atLeast ?? Number.NEGATIVE_INFINITY) && judged <= (atMost ?? Number.POSITIVE_INFINITY),
    }),
  };
}

/** The rows as a table. */
export function table({ name, rows }: Report): string {
  return lines([
    [name, 'value', 'unit', 'rival', 'ratio', 'target', ''],
    ...rows.map(({ what, value, unit, rival, ratio, target, met }) => [
      what,
      figure(value),
      unit,
      figure(rival),
      ratio?.toFixed(2) ?? '',
      target ?? '',
      verdict(met),
    ]),
  ]);
}

/** All rows that have a target, of all reports. */
export function summary(reports: readonly Report[]): string {
  const judged = reports.flatMap(({ name, rows }) => rows.map((each) => ({ name, ...each })));
  return lines([
    ['benchmark', 'figure', 'is', 'target', 'met?'],
    ...judged
      .filter(({ target }) => target !== undefined)
      .map(({ name, what, value, unit, ratio, target, met }) => [
        name,
        what,
        ratio === undefined ? `${figure(value)} ${unit}` : `${ratio.toFixed(2)} of the rival`,
        target ?? '',
        verdict(met),
      ]),
  ]);
}

function verdict(met: boolean | undefined): string {
  if (met === undefined) return '';
  return met ? 'yes' : 'NO';
}

function figure(value: number | undefined): string {
  if (value === undefined) return '';
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

/** Aligns columns; the first and the last to the left. */
function lines(cells: readonly (readonly string[])[]): string {
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((text, i) => text.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
