import iconv from 'iconv-lite';
import { tcpErrors } from '../catalogue.ts';
import type { FairleadError } from '../errors.ts';
import { buffer, type TextStream } from './stream.ts';

/**
 * UTF-7 and the variant of IMAP keep a state for as long as a run of base64 lasts, so that no whole characters can be
 * cut from the bytes: iconv-lite's own decoder keeps it. Not valid is what is not ASCII; the rest it takes as it comes.
 */
export class Utf7Stream implements TextStream {
  failure: FairleadError | undefined;
  readonly #decoder: iconv.DecoderStream;
  readonly #name: string;
  readonly #strict: boolean;
  #offset = 0;

  constructor(encoding: string, name: string, strict: boolean) {
    this.#decoder = iconv.getDecoder(encoding, { stripBOM: false });
    this.#name = name;
    this.#strict = strict;
  }

  write(piece: Uint8Array): string {
    if (this.failure !== undefined) throw this.failure;
    const bytes = buffer(piece);
    const at = this.#strict ? bytes.findIndex((byte) => byte >= 0x80) : -1;
    if (at < 0) {
      this.#offset += bytes.length;
      return this.#decoder.write(bytes);
    }
    const shown = bytes.subarray(at, at + 1).toString('hex');
    const offset = this.#offset + at;
    this.failure = tcpErrors.error('TEXT_INVALID', { offset, bytes: shown, encoding: this.#name });
    return this.#decoder.write(bytes.subarray(0, at)) + (this.#decoder.end() ?? '');
  }

  end(): string {
    if (this.failure !== undefined) throw this.failure;
    return this.#decoder.end() || '';
  }
}
