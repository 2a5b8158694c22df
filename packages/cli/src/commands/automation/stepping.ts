/** Asks the user at the terminal before each step of `rules test --step`. */
import type { NextStep, StepAnswer } from '@fairlead/server';
import { printable } from '../../output/text.ts';
import type { Terminal } from '../../terminal.ts';
import { hexText } from './run.ts';

const KEYS = '[Enter: next step, c: continue, q: stop]';

export class Steps implements AsyncDisposable {
  readonly #terminal: Terminal;
  readonly #lines: AsyncGenerator<string>;
  /** The question on the screen; empty if there is none. */
  #question = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#lines = linesOf(terminal.stdin);
  }

  /** Shows the next step and waits for a line. The end of the input stops the run. */
  async ask(next: NextStep): Promise<StepAnswer> {
    this.#question = `${shown(next)}  ${KEYS} `;
    try {
      return await this.#answer();
    } finally {
      this.#question = '';
    }
  }

  /** Prints a line. A question on the screen is repeated below it. */
  around(print: () => void): void {
    if (this.#question !== '') this.#terminal.err('\n');
    print();
    if (this.#terminal.interrupted.aborted) this.#question = ''; // no answer can arrive any more
    this.#terminal.err(this.#question);
  }

  async #answer(): Promise<StepAnswer> {
    for (;;) {
      this.#terminal.err(this.#question);
      const { value, done } = await this.#lines.next();
      if (done) return 'stop';
      const word = value.trim().toLowerCase();
      if (word === '') return 'step';
      if (word === 'c') return 'run';
      if (word === 'q') return 'stop';
    }
  }

  /** Stops reading. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#terminal.closeInput();
  }
}

function shown({ side, type, text, hex }: NextStep): string {
  if (type === 'receive') return `${side.padEnd(8)}next: wait for a message`;
  return `${side.padEnd(8)}next: send ${printable(text ?? '')}  (${hexText(hex ?? '')})`;
}

async function* linesOf(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const chunk of input) {
    rest += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 1);
    }
  }
}
