import { Fifo } from '@fairlead/core';
import { Budget, bytesOf } from '../budget.ts';
import { automationLimits } from '../limits.ts';

/** One line of output of a run. */
export interface OutputEntry {
  /** Unix milliseconds. */
  readonly time: number;
  readonly type: 'sent' | 'received' | 'info';
  /** `host:port` of the peer. */
  readonly peer: string;
  readonly rule?: string | undefined;
  readonly key?: string | undefined;
  readonly text: string;
  /** The bytes in hexadecimal, of messages. */
  readonly hex?: string | undefined;
  /** Error code, if the line reports an error. */
  readonly code?: string | undefined;
}

/** Part of the budget that output may use. The rest is reserved for messages and results. */
const PART = 1 / 2;

/** The latest lines of output, bounded. Dropped lines are counted. */
export class Output {
  dropped = 0;
  readonly #entries = new Fifo<OutputEntry>();
  readonly #keep: number;
  readonly #budget: Budget;
  /** Called with each line. */
  readonly #watch: ((entry: OutputEntry) => void) | undefined;

  /** @param budget memory for the lines. Default: its own */
  constructor(
    watch?: (entry: OutputEntry) => void,
    keep: number = automationLimits.values.output,
    budget: Budget = new Budget(),
  ) {
    this.#watch = watch;
    this.#keep = keep;
    this.#budget = budget;
  }

  add(entry: OutputEntry): void {
    this.#watch?.(entry);
    const size = sizeOf(entry);
    if (this.#entries.length === this.#keep) this.#drop();
    while (!this.#budget.take(size, PART)) {
      if (this.#entries.length === 0) {
        this.dropped++;
        return;
      }
      this.#drop();
    }
    this.#entries.push(entry);
  }

  /** The lines that are kept, oldest first. */
  list(): { entries: readonly OutputEntry[]; dropped: number } {
    return { entries: [...this.#entries], dropped: this.dropped };
  }

  /** Gives back the memory of the lines. Idempotent. */
  release(): void {
    for (const entry of this.#entries.take()) this.#budget.give(sizeOf(entry));
  }

  #drop(): void {
    const oldest = this.#entries.shift();
    if (oldest === undefined) return;
    this.#budget.give(sizeOf(oldest));
    this.dropped++;
  }
}

const sizeOf = ({ text, hex = '' }: OutputEntry): number => bytesOf(text, hex);

/** Cuts a text to the limit of the output. */
export function cut(text: string): string {
  const { outputText } = automationLimits.values;
  if (text.length <= outputText) return text;
  // A copy: a slice of a string would keep the whole string in memory.
  const part = Buffer.from(text.slice(0, outputText), 'utf16le').toString('utf16le');
  return `${part}… (${text.length} characters)`;
}

/** Bytes of a message that the output shows. */
export const HEX_BYTES = automationLimits.values.outputText / 2;

/** Bytes as hexadecimal, short enough for the output. */
export function shownHex(bytes: Uint8Array, shown = HEX_BYTES): string {
  const part = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return part.toString('hex', 0, shown);
}
