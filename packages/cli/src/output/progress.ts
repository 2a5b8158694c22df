import type { Terminal } from '../terminal.ts';
import { size } from './text.ts';

/** Milliseconds between two pictures. */
const PAUSE = 100;
const WIDTH = 24;

/** How far a command is, as a line on a terminal; elsewhere it shows nothing. Dispose of it before anything else is written to stderr. */
export class Progress implements Disposable {
  readonly #terminal: Pick<Terminal, 'progress' | 'clock'>;
  readonly #what: string;
  readonly #total: number | undefined;
  readonly #shown: (amount: number) => string;
  #done = 0;
  #last = Number.NEGATIVE_INFINITY;

  /**
   * @param total absent: it is not known
   * @param shown how amounts are written; default: as bytes
   */
  constructor(
    terminal: Pick<Terminal, 'progress' | 'clock'>,
    what: string,
    total?: number,
    shown: (amount: number) => string = size,
  ) {
    this.#terminal = terminal;
    this.#what = what;
    this.#total = total;
    this.#shown = shown;
  }

  add(amount: number): void {
    this.#done += amount;
    const now = this.#terminal.clock.monotonic();
    if (now - this.#last < PAUSE) return;
    this.#last = now;
    this.#terminal.progress(this.#line());
  }

  /** Takes the line away until the next amount. */
  clear(): void {
    this.#terminal.progress(undefined);
    this.#last = Number.NEGATIVE_INFINITY;
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  #line(): string {
    const done = this.#shown(this.#done);
    if (this.#total === undefined || this.#total <= 0) return `${this.#what}  ${done}`;
    const part = Math.min(1, this.#done / this.#total);
    const full = Math.round(part * WIDTH);
    const bar = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}`;
    return `${this.#what}  ${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${done} of ${this.#shown(this.#total)}`;
  }
}
