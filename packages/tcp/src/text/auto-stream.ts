import type { FairleadError } from '@fairlead/core';
import type { TextStream } from './stream.ts';

/** Waits for the first character, which may be a byte order mark, then decodes in that byte order. */
export class AutoStream implements TextStream {
  readonly #unit: 2 | 4;
  readonly #open: (isBig: boolean) => TextStream;
  #head: Buffer = Buffer.alloc(0);
  #stream: TextStream | undefined;

  /** @param open makes the stream for a byte order; without a mark, the little-endian one is used */
  constructor(unit: 2 | 4, open: (isBig: boolean) => TextStream) {
    this.#unit = unit;
    this.#open = open;
  }

  get failure(): FairleadError | undefined {
    return this.#stream?.failure;
  }

  write(piece: Uint8Array): string {
    if (this.#stream !== undefined) return this.#stream.write(piece);
    this.#head = Buffer.concat([this.#head, piece]);
    if (this.#head.length < this.#unit) return '';
    return this.#begin();
  }

  end(): string {
    if (this.#stream !== undefined) return this.#stream.end();
    return this.#begin() + (this.#stream as unknown as TextStream).end();
  }

  #begin(): string {
    const mark = this.#head.subarray(0, this.#unit);
    const isBig = mark.equals(this.#unit === 2 ? UTF16BE_MARK : UTF32BE_MARK);
    this.#stream = this.#open(isBig);
    return this.#stream.write(this.#head);
  }
}

const UTF16BE_MARK = Buffer.from('feff', 'hex');
const UTF32BE_MARK = Buffer.from('0000feff', 'hex');
