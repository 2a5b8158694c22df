import type { FairleadError } from '@fairlead/core';
import iconv from 'iconv-lite';
import { tcpErrors } from '../catalogue.ts';
import { REPLACEMENT } from './scheme.ts';
import type { TextStream } from './stream.ts';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+';
const MINUS = 0x2d;

/** The differences between the two variants. */
interface Variant {
  readonly shift: string;
  readonly alphabet: string;
}

const VARIANTS: Readonly<Record<Utf7Key, Variant>> = {
  utf7: { shift: '+', alphabet: `${BASE64}/` },
  utf7imap: { shift: '&', alphabet: `${BASE64},` },
};

export type Utf7Key = 'utf7' | 'utf7imap';

/**
 * UTF-7 (RFC 2152) and the variant of IMAP (RFC 3501, 5.1.3): ASCII, and runs of UTF-16 in base64.
 *
 *     Hi +AGE- !     a run begins with "+" ("&" in IMAP) and ends before what is not base64; "-" is taken with it; "+-" is "+"
 *
 * A run has state until it ends, so the bytes cannot be split into complete characters as in other encodings. Bytes
 * that are not ASCII, and unpaired surrogates, are invalid.
 */
export class Utf7Stream implements TextStream {
  failure: FairleadError | undefined;
  readonly #variant: Variant;
  readonly #name: string;
  readonly #strict: boolean;
  #offset = 0;
  /** Whether a run is open, and whether it contains anything. */
  #run: 'none' | 'empty' | 'filled' = 'none';
  #bits = 0;
  #bitCount = 0;
  /** The first half of a surrogate pair whose second half has not arrived; otherwise 0. */
  #high = 0;

  constructor(key: Utf7Key, name: string, strict: boolean) {
    this.#variant = VARIANTS[key];
    this.#name = name;
    this.#strict = strict;
  }

  write(piece: Uint8Array): string {
    if (this.failure !== undefined) throw this.failure;
    let text = '';
    for (const [at, byte] of piece.entries()) {
      const next = this.#read(byte);
      if (this.#strict && next.includes(REPLACEMENT) && !this.#sent) {
        const shown = byte.toString(16).padStart(2, '0');
        this.failure = tcpErrors.error('TEXT_INVALID', {
          offset: this.#offset + at,
          bytes: shown,
          encoding: this.#name,
        });
        return text + next.slice(0, next.indexOf(REPLACEMENT));
      }
      text += next;
    }
    this.#offset += piece.length;
    return text;
  }

  end(): string {
    if (this.failure !== undefined) throw this.failure;
    const broken = this.#brokenPair();
    if (broken === '' || !this.#strict) return broken;
    this.failure = tcpErrors.error('TEXT_INVALID', { offset: this.#offset, bytes: '', encoding: this.#name });
    throw this.failure;
  }

  /** Whether the last U+FFFD is part of the text itself. */
  #sent = false;

  #read(byte: number): string {
    const { shift, alphabet } = this.#variant;
    const character = String.fromCharCode(byte);
    this.#sent = false;
    if (this.#run === 'none') {
      if (character !== shift) return byte < 0x80 ? character : REPLACEMENT;
      this.#run = 'empty';
      return '';
    }
    const digit = alphabet.indexOf(character);
    if (digit >= 0) return this.#digit(digit);
    const isShift = this.#run === 'empty' && byte === MINUS;
    const broken = this.#brokenPair();
    this.#run = 'none';
    this.#bits = this.#bitCount = 0;
    if (byte === MINUS) return isShift ? shift : broken;
    return broken + this.#read(byte);
  }

  #digit(digit: number): string {
    this.#run = 'filled';
    this.#bits = ((this.#bits << 6) | digit) & 0x3fffff;
    this.#bitCount += 6;
    if (this.#bitCount < 16) return '';
    this.#bitCount -= 16;
    return this.#unit((this.#bits >> this.#bitCount) & 0xffff);
  }

  #unit(unit: number): string {
    if (this.#high !== 0 && unit >> 10 === 0x37) {
      const pair = String.fromCharCode(this.#high, unit);
      this.#high = 0;
      return pair;
    }
    const broken = this.#brokenPair();
    if (unit >> 10 === 0x36) {
      this.#high = unit;
      return broken;
    }
    if (unit >> 10 === 0x37) return broken + REPLACEMENT;
    this.#sent = broken === '' && unit === 0xfffd;
    return broken + String.fromCharCode(unit);
  }

  #brokenPair(): string {
    if (this.#high === 0) return '';
    this.#high = 0;
    return REPLACEMENT;
  }
}

/** Encodes a text. An unpaired surrogate is written as it is. */
export function utf7Bytes(text: string, key: Utf7Key): Buffer {
  return iconv.encode(text, key);
}
