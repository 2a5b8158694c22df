import { printable } from './text.ts';

export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => string | undefined;
  /** Numbers read better aligned to the right. */
  readonly right?: boolean;
}

/**
 * Rows under a header line, with two spaces between columns. A column that is empty in every row is omitted. A line longer
 * than `width` is truncated with an ellipsis.
 */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], width: number): string[] {
  const filled = columns
    .map((column) => ({ ...column, cells: rows.map((row) => printable(column.cell(row) ?? '')) }))
    .filter((column) => column.cells.some((cell) => cell !== ''));
  const widths = filled.map((column) => longest(column.head, column.cells));
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, at) =>
      filled[at]?.right ? cell.padStart(widths[at] as number) : cell.padEnd(widths[at] as number),
    );
    const text = padded.join('  ').trimEnd();
    return text.length > width ? `${text.slice(0, width - 1)}…` : text;
  };
  return [
    line(filled.map((column) => column.head)),
    ...rows.map((_, at) => line(filled.map((column) => column.cells[at] as string))),
  ];
}

/** One name and value per line, with aligned values. Undefined values are omitted. */
export function facts(entries: readonly (readonly [name: string, value: string | undefined])[]): string[] {
  const shown = entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`.trimEnd());
}

/** Does not use Math.max(...cells), because a call cannot have hundreds of thousands of arguments. */
function longest(head: string, cells: readonly string[]): number {
  return cells.reduce((most, cell) => Math.max(most, cell.length), head.length);
}
