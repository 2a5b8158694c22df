import type { Format } from '../command.ts';
import type { Terminal } from '../terminal.ts';
import { chosenColumns, fieldNamed } from './columns.ts';
import type { ListSettings } from './list-settings.ts';
import { type Paint, paint } from './paint.ts';
import { type Column, facts, table } from './table.ts';

/** Prints the result of a command: one JSON document, or readable text. */
export class Printer {
  readonly format: Format;
  readonly paint: Paint;
  readonly #terminal: Terminal;
  readonly #list: ListSettings | undefined;

  /** @param list of a command that lists things */
  constructor(terminal: Terminal, format: Format, list?: ListSettings) {
    this.#terminal = terminal;
    this.format = format;
    this.paint = paint(terminal.colour && format === 'text');
    this.#list = list;
  }

  get json(): boolean {
    return this.format === 'json';
  }

  /** Prints `document` as JSON on one line, or the lines of `text`. */
  show(document: unknown, text: () => readonly string[]): void {
    if (!this.json) for (const line of text()) this.line(line);
    else if (this.#list?.quiet && Array.isArray(document))
      this.line(JSON.stringify(document.map((row) => fieldNamed(row))));
    else this.line(JSON.stringify(document));
  }

  /** The lines of a table. Those of a list keep to its options. */
  table<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
    if (this.#list?.quiet) return table(columns.slice(0, 1), rows, Number.POSITIVE_INFINITY).slice(1);
    const chosen = this.#list?.columns;
    const shown = chosen === undefined ? columns : chosenColumns(columns, rows, chosen);
    if (rows.length === 0) return [];
    const [head = '', ...body] = table(shown, rows, this.#terminal.columns);
    return [this.paint.bold(head), ...body];
  }

  facts(entries: readonly (readonly [string, string | undefined])[]): string[] {
    return facts(entries);
  }

  /** A line of data, on stdout. */
  line(text: string): void {
    if (this.#list?.frame !== undefined) this.#list.frame.push(text);
    else this.#terminal.out(`${text}\n`);
  }

  /** A note for the user, on stderr. */
  note(text: string): void {
    if (this.#list?.frame !== undefined) this.#list.frame.push(text);
    else if (!this.#list?.quiet) this.#terminal.err(`${text}\n`);
  }
}
