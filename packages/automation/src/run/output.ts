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

/** The last lines of what happened: bounded, with what left counted. */
export class Output {
  dropped = 0;
  readonly #entries: OutputEntry[] = [];
  /** Where the oldest stands, once all places are taken. */
  #oldest = 0;
  readonly #keep: number;
  /** Told of each line as it comes. */
  readonly #watch: ((entry: OutputEntry) => void) | undefined;

  constructor(watch?: (entry: OutputEntry) => void, keep: number = automationLimits.values.output) {
    this.#watch = watch;
    this.#keep = keep;
  }

  add(entry: OutputEntry): void {
    if (this.#entries.length < this.#keep) this.#entries.push(entry);
    else {
      this.#entries[this.#oldest] = entry;
      this.#oldest = (this.#oldest + 1) % this.#keep;
      this.dropped++;
    }
    this.#watch?.(entry);
  }

  /** The lines that are kept, oldest first. */
  list(): { entries: readonly OutputEntry[]; dropped: number } {
    const entries = [...this.#entries.slice(this.#oldest), ...this.#entries.slice(0, this.#oldest)];
    return { entries, dropped: this.dropped };
  }
}

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
