import { systemClock } from '@fairlead/core';
import type { Interruption, Terminal } from '../../src/terminal.ts';

const PATIENCE = 15_000;

/** A terminal that keeps what was written, and whose stdin and signals belong to the test. */
export class TestTerminal implements Terminal {
  env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly clock = systemClock;
  interactive = false;
  readonly random = () => 0;
  readonly colour = false;
  readonly columns = 100;
  readonly #controller = new AbortController();
  #waiters: (() => void)[] = [];
  /** Everything that was written with {@link write}. */
  readonly bytes: Buffer[] = [];
  inputClosed = false;
  stdout = '';
  stderr = '';

  constructor(env: Record<string, string | undefined> = {}, stdin: string | AsyncIterable<Uint8Array> = '') {
    this.env = env;
    this.stdin =
      typeof stdin !== 'string'
        ? stdin
        : (async function* () {
            yield stdin;
          })();
  }

  get interrupted(): AbortSignal {
    return this.#controller.signal;
  }

  interrupt(why: Interruption): void {
    this.#controller.abort(why);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.bytes.push(Buffer.from(bytes));
    this.out(Buffer.from(bytes).toString());
  }

  /** Why nothing can be written any more, where a test says so. */
  failure: NodeJS.ErrnoException | undefined;

  async settled(): Promise<NodeJS.ErrnoException | undefined> {
    return this.failure;
  }

  /** What {@link redraw} was given. */
  readonly frames: (readonly string[])[] = [];
  /** What {@link progress} was given. */
  readonly progressed: (string | undefined)[] = [];

  redraw(lines: readonly string[]): void {
    this.frames.push(lines);
    this.#wake();
  }

  progress(line: string | undefined): void {
    this.progressed.push(line);
  }

  closeInput(): void {
    this.inputClosed = true;
  }

  out(text: string): void {
    this.stdout += text;
    this.#wake();
  }

  err(text: string): void {
    this.stderr += text;
    this.#wake();
  }

  readonly #warned = new Set<string>();

  warn(text: string): void {
    if (!this.#warned.has(text)) this.err(text);
    this.#warned.add(text);
  }

  /** Resolves once `condition` holds; looked at whenever something is written. */
  async until(condition: (terminal: this) => boolean): Promise<void> {
    const deadline = setTimeout(() => this.#wake(), PATIENCE);
    const end = performance.now() + PATIENCE;
    while (!condition(this)) {
      if (performance.now() >= end) throw new Error(`waited in vain; so far:\n${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    clearTimeout(deadline);
  }

  /** Whether stdin is a terminal, and whether it shows what is typed. */
  input: 'pipe' | 'shown' | 'hidden' = 'pipe';

  hideInput(): (() => void) | undefined {
    if (this.input === 'pipe') return undefined;
    this.input = 'hidden';
    return () => {
      this.input = 'shown';
    };
  }

  onHangup(): () => void {
    return () => {};
  }

  onEnter(): () => void {
    return () => {};
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}
