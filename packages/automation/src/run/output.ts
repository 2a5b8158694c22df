import { automationLimits } from '../limits.ts';

/** One line of what a run did. */
export interface OutputEntry {
  /** Unix milliseconds. */
  readonly time: number;
  readonly type: 'sent' | 'received' | 'info';
  /** `host:port` of the peer. */
  readonly peer: string;
  readonly rule?: string;
  readonly key?: string;
  readonly text: string;
  /** The bytes in hexadecimal, of messages. */
  readonly hex?: string;
  /** Code of the catalogue, where it tells a failure. */
  readonly code?: string;
}

/** The last lines of what happened: bounded, with what left counted. */
export class Output {
  readonly #entries: OutputEntry[] = [];
  readonly #keep: number;
  /** Told of each line as it comes. */
  readonly #watch: ((entry: OutputEntry) => void) | undefined;
  dropped = 0;

  constructor(watch?: (entry: OutputEntry) => void, keep: number = automationLimits.values.output) {
    this.#watch = watch;
    this.#keep = keep;
  }

  add(entry: OutputEntry): void {
    this.#entries.push(entry);
    // Whole halves leave at once: shifting one at a time would cost the length of the list each time.
    if (this.#entries.length >= this.#keep * 2) this.dropped += this.#entries.splice(0, this.#keep).length;
    this.#watch?.(entry);
  }

  /** The lines that are kept, oldest first. */
  list(): { entries: readonly OutputEntry[]; dropped: number } {
    const entries = this.#entries.slice(-this.#keep);
    return { entries, dropped: this.dropped + this.#entries.length - entries.length };
  }
}

/** A text short enough for the output. */
export function cut(text: string): string {
  const { outputText } = automationLimits.values;
  return text.length <= outputText ? text : `${text.slice(0, outputText)}… (${text.length} characters)`;
}

/** Bytes as hexadecimal, short enough for the output. */
export function shownHex(bytes: Uint8Array): string {
  const { outputText } = automationLimits.values;
  const part = bytes.subarray(0, outputText / 2);
  return Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('hex');
}
