import type { FairleadError } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import { REPLACEMENT, type Scheme } from './scheme.ts';

const BYTE_ORDER_MARK = '\ufeff';
/** Maximum number of bytes of an invalid sequence in an error. */
const SHOWN = 8;

/** Decodes bytes that arrive in pieces. A character that is split between pieces is decoded when it is complete. */
export interface TextStream {
  /**
   * Set when bytes were invalid, in strict mode. The text before them has been returned: the result does not depend on
   * how the bytes are split. Check it after each {@link write}; a later call throws it.
   */
  readonly failure: FairleadError | undefined;
  /** Returns the text that the piece completes. Throws `TEXT_INVALID` if an earlier piece was invalid. */
  write(piece: Uint8Array): string;
  /**
   * The input has ended: returns the replacement for an incomplete character. In strict mode throws `TEXT_INVALID` for
   * it.
   */
  end(): string;
}

/** {@link TextStream} of a scheme. */
export class SchemeStream implements TextStream {
  failure: FairleadError | undefined;
  readonly #scheme: Scheme;
  readonly #name: string;
  readonly #strict: boolean;
  /** Bytes of an incomplete character, and their offset in the stream. */
  #tail: Buffer = NOTHING;
  #offset = 0;
  #begun = false;

  constructor(scheme: Scheme, name: string, strict: boolean) {
    this.#scheme = scheme;
    this.#name = name;
    this.#strict = strict;
  }

  write(piece: Uint8Array): string {
    if (this.failure !== undefined) throw this.failure;
    const bytes = this.#tail.length === 0 ? buffer(piece) : Buffer.concat([this.#tail, piece]);
    const whole = this.#scheme.whole(bytes);
    let text = this.#scheme.text(whole === bytes.length ? bytes : bytes.subarray(0, whole));
    if (this.#strict && text.includes(REPLACEMENT)) text = this.#checked(bytes.subarray(0, whole), text);
    this.#offset += whole;
    // A copy, so that it does not keep the whole piece in memory.
    this.#tail = whole === bytes.length ? NOTHING : Buffer.from(bytes.subarray(whole));
    return this.#unmarked(text);
  }

  end(): string {
    if (this.failure !== undefined) throw this.failure;
    const tail = this.#tail;
    this.#tail = NOTHING;
    if (tail.length === 0) return '';
    if (!this.#strict) return REPLACEMENT.repeat(this.#scheme.broken(tail));
    this.failure = this.#invalid(this.#offset, tail);
    throw this.failure;
  }

  /** The text before the first invalid sequence. */
  #checked(bytes: Buffer, text: string): string {
    const found = this.#scheme.invalid(bytes);
    if (found === undefined) return text;
    const { at, length } = found;
    this.failure = this.#invalid(this.#offset + at, bytes.subarray(at, at + length));
    return this.#scheme.text(bytes.subarray(0, at));
  }

  #invalid(offset: number, bytes: Buffer): FairleadError {
    const shown = bytes.subarray(0, SHOWN).toString('hex');
    return tcpErrors.error('TEXT_INVALID', { offset, bytes: shown, encoding: this.#name });
  }

  #unmarked(text: string): string {
    if (this.#begun || text === '') return text;
    this.#begun = true;
    return this.#scheme.marked && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  }
}

/** The same bytes as a Buffer, without copying them. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const NOTHING = Buffer.alloc(0);
