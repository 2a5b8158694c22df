import { Budget, bytesOf } from '../budget.ts';
import { automationLimits } from '../limits.ts';

/** One line of what a run did. */
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
  /** Code of the catalogue, where it tells a failure. */
  readonly code?: string | undefined;
}

/** Part of the budget that lines of output may fill; the rest is left to what runs cannot do without. */
const PART = 1 / 2;

/** The last lines of what happened: bounded, with what left counted. */
export class Output {
  dropped = 0;
  /** A ring: the lines from `#oldest` on. */
  readonly #entries: (OutputEntry | undefined)[] = [];
  #oldest = 0;
  #count = 0;
  readonly #keep: number;
  readonly #budget: Budget;
  /** Told of each line as it comes. */
  readonly #watch: ((entry: OutputEntry) => void) | undefined;

  /** @param budget what the lines may take: by default one of their own */
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
    if (this.#count === this.#keep) this.#drop();
    while (!this.#budget.take(size, PART)) {
      if (this.#count === 0) {
        this.dropped++;
        return;
      }
      this.#drop();
    }
    this.#entries[(this.#oldest + this.#count++) % this.#keep] = entry;
  }

  /** The lines that are kept, oldest first. */
  list(): { entries: readonly OutputEntry[]; dropped: number } {
    const entries = Array.from({ length: this.#count }, (_, at) => this.#at(at));
    return { entries, dropped: this.dropped };
  }

  /** Nobody reads it any more: what it holds of the budget is given back. Idempotent. */
  release(): void {
    for (let at = 0; at < this.#count; at++) this.#budget.give(sizeOf(this.#at(at)));
    this.#entries.length = this.#count = this.#oldest = 0;
  }

  #at(position: number): OutputEntry {
    return this.#entries[(this.#oldest + position) % this.#keep] as OutputEntry;
  }

  #drop(): void {
    this.#budget.give(sizeOf(this.#at(0)));
    this.#entries[this.#oldest] = undefined;
    this.#oldest = (this.#oldest + 1) % this.#keep;
    this.#count--;
    this.dropped++;
  }
}

const sizeOf = ({ text, hex = '' }: OutputEntry): number => bytesOf(text, hex);

/** A text short enough for the output. */
export function cut(text: string): string {
  const { outputText } = automationLimits.values;
  if (text.length <= outputText) return text;
  // A copy: a slice of a string keeps the whole of it in memory, and the output keeps a thousand of them.
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
