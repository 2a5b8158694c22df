import { tcpErrors } from '../catalogue.ts';
import type { CodePage } from '../text/code-page.ts';
import type { Codec, FrameDecoder, FrameEncoder } from './codec.ts';
import { notEncodable } from './payload.ts';
import type { ByteSink } from './sink.ts';
import { messageBytes, strictly } from './text.ts';
import { timed } from './timed.ts';
import type { ByteWindow } from './window.ts';

/** What ends a line: NEL in EBCDIC alone, where it is what systems of that world write. */
export type Terminator = '\n' | '\r\n' | '\u0085';

export interface EncodedLinesOptions {
  /** Longest line in bytes. */
  readonly max: number;
  readonly terminator: Terminator;
  /** Milliseconds that a begun line may take. */
  readonly frameTimeout: number | undefined;
}

interface Layout {
  readonly page: CodePage;
  readonly max: number;
  /** Bytes of a character: line ends stand at multiples of it. */
  readonly unit: number;
  /** A line ends with either of these; two are one byte each. */
  readonly ends: readonly Buffer[];
  readonly cr: Buffer;
}

/**
 * Lines of text in an encoding where the end of a line, or what lies between two, is not what it is in ASCII.
 *
 *     windows-1252, gbk ..   text 0a            utf-16le   text 0a 00           cp037   text 25
 *                            text 0d 0a                    text 0d 00 0a 00             text 15 (NEL)
 *
 * Throws `OPTION_INVALID`.
 */
export function encodedLines(page: CodePage, options: EncodedLinesOptions): Codec<string> {
  const { max, terminator, frameTimeout } = options;
  if (page.name === 'utf-16' || page.name === 'utf-32')
    throw badOption(
      'encoding',
      `a line end in ${page.name} can only be found in ${page.name}le or ${page.name}be`,
    );
  const sending = strictly(page);
  const ebcdic = sending.encodable('\n') && sending.encode('\n')[0] === 0x25;
  if (terminator === '\u0085' && !ebcdic)
    throw badOption('terminator', `NEL ends lines in EBCDIC; in ${page.name} it is \\n or \\r\\n`);
  const lf = sending.encode('\n');
  const layout: Layout = {
    page,
    max,
    unit: lf.length,
    ends: ebcdic ? [lf, sending.encode('\u0085')] : [lf],
    cr: sending.encode('\r'),
  };
  return {
    name: 'line',
    decoder: timed(() => new LinesDecoder(layout), frameTimeout),
    encoder: () => new LinesEncoder(sending, terminator, ebcdic ? /[\n\u0085]/ : /\n/),
  };
}

class LinesDecoder implements FrameDecoder<string> {
  readonly #layout: Layout;
  #searched = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  decode(window: ByteWindow): string | undefined {
    const { page, unit } = this.#layout;
    const at = this.#find(window);
    if (at < 0) {
      const have = window.length - (window.length % unit);
      this.#check(this.#textLength(window, have));
      this.#searched = have;
      return window.short(have + unit);
    }
    this.#searched = 0;
    const size = this.#textLength(window, at);
    this.#check(size);
    const line = window.take(at + unit).subarray(0, size);
    return page.decode(line);
  }

  /** Where the first line end stands. */
  #find(window: ByteWindow): number {
    const { ends, unit } = this.#layout;
    const [end, other] = ends;
    if (other !== undefined) return this.#findEither(window, (end as Buffer)[0], other[0]);
    let at = window.indexOf(end as Buffer, this.#searched);
    // Between two characters the same bytes are the end of one and the head of the next.
    while (at >= 0 && at % unit !== 0) at = window.indexOf(end as Buffer, at + 1);
    return at;
  }

  /** Not one search after the other: where lines end with one alone, the other would be sought to the window's end. */
  #findEither(window: ByteWindow, one: number | undefined, other: number | undefined): number {
    for (let at = this.#searched; at < window.length; at++) {
      const byte = window.at(at);
      if (byte === one || byte === other) return at;
    }
    return -1;
  }

  /** Bytes of the text, without a CR at its end. */
  #textLength(window: ByteWindow, length: number): number {
    const { cr } = this.#layout;
    const without = length - cr.length;
    return without >= 0 && window.view(without, length).equals(cr) ? without : length;
  }

  #check(size: number): void {
    const limit = this.#layout.max;
    if (size > limit) throw tcpErrors.error('FRAME_TOO_LARGE', { size, limit });
  }
}

class LinesEncoder implements FrameEncoder<string> {
  readonly #page: CodePage;
  readonly #terminator: Terminator;
  readonly #ends: RegExp;

  constructor(page: CodePage, terminator: Terminator, ends: RegExp) {
    this.#page = page;
    this.#terminator = terminator;
    this.#ends = ends;
  }

  encode(message: string, sink: ByteSink): void {
    if (typeof message === 'string' && this.#ends.test(message))
      throw notEncodable('line', 'it holds a line feed');
    if (typeof message === 'string' && this.#terminator !== '\r\n' && message.endsWith('\r'))
      throw notEncodable('line', 'it ends with a CR, which the receiver takes for a part of the line end');
    sink.bytes(messageBytes(message, this.#page, 'line'));
    sink.bytes(this.#page.encode(this.#terminator));
  }
}

function badOption(key: string, reason: string): Error {
  return tcpErrors.error('OPTION_INVALID', { key, where: ' of line()', reason: `${reason}.` });
}
