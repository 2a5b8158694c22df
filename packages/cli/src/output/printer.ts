import type { Format } from '../command.ts';
import type { Terminal } from '../terminal.ts';
import { type Paint, paint } from './paint.ts';
import { type Column, facts, table } from './table.ts';

/** Prints the result of a command: one JSON document, or readable text. */
export class Printer {
  readonly format: Format;
  readonly paint: Paint;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal, format: Format) {
    this.#terminal = terminal;
    this.format = format;
    this.paint = paint(terminal.colour && format === 'text');
  }

  get json(): boolean {
    return this.format === 'json';
  }

  /** Prints `document` as JSON on one line, or the lines of `text`. */
  show(document: unknown, text: () => readonly string[]): void {
    if (this.json) this.line(JSON.stringify(document));
    else for (const line of text()) this.line(line);
  }

  table<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
    const [head = '', ...body] = table(columns, rows, this.#terminal.columns);
    return [this.paint.bold(head), ...body];
  }

  facts(entries: readonly (readonly [string, string | undefined])[]): string[] {
    return facts(entries);
  }

  /** A line of data, on stdout. */
  line(text: string): void {
    this.#terminal.out(`${text}\n`);
  }

  /** A note for the user, on stderr. */
  note(text: string): void {
    this.#terminal.err(`${text}\n`);
  }
}
