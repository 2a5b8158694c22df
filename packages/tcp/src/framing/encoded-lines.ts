import { coreErrors } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import { type CodePage, codePage } from '../text/code-page.ts';
import type { Codec, FrameDecoder, FrameEncoder, Payload } from './codec.ts';
import type { Measure } from './measure.ts';
import { notEncodable, payloadBytes } from './payload.ts';
import type { ByteSink } from './sink.ts';
import { messageBytes, strictly } from './text.ts';
import { timed } from './timed.ts';
import type { ByteWindow } from './window.ts';

/** The line end. NEL only in EBCDIC, whose systems write it. */
export type Terminator = '\n' | '\r\n' | '\u0085';

interface EncodedLinesOptions {
  /** Longest line in bytes. */
  readonly max: number;
  readonly terminator: Terminator;
  /** Milliseconds in which a line must be complete. */
  readonly frameTimeout: number | undefined;
}

/** Where lines end in an encoding. */
export interface LineEnds {
  readonly encoding: string;
  /** Bytes of a character: line ends are at multiples of it. */
  readonly unit: number;
  /** A line ends with either of these; two are one byte each. */
  readonly ends: readonly Buffer[];
  readonly cr: Buffer;
  readonly ebcdic: boolean;
}

/** Where lines end in this encoding. Call {@link lineProblem} first. */
export function lineEndsOf(page: CodePage): LineEnds {
  // UTF-7 writes control characters as they are, and so does its variant of IMAP, which encodes them within a text.
  const sending = strictly(page.name === 'utf-7imap' ? codePage('ascii') : page);
  const lf = sending.encode('\n');
  const ebcdic = isEbcdic(sending);
  return {
    encoding: page.name,
    unit: lf.length,
    ends: ebcdic ? [lf, sending.encode('\u0085')] : [lf],
    cr: sending.encode('\r'),
    ebcdic,
  };
}

/** The bytes that end a line. */
function terminatorOf({ ends: [lf, nel], cr }: LineEnds, terminator: Terminator): Buffer {
  if (terminator === '\u0085') return nel as Buffer;
  return terminator === '\n' ? (lf as Buffer) : Buffer.concat([cr, lf as Buffer]);
}

const isEbcdic = (page: CodePage): boolean => page.encodable('\n') && page.encode('\n')[0] === 0x25;

/** Why lines of this encoding cannot have this terminator, and which of the two options is the reason. */
export function lineProblem(
  page: CodePage,
  terminator: Terminator,
): { readonly key: 'encoding' | 'terminator'; readonly reason: string } | undefined {
  const { name } = page;
  if (name === 'utf-16' || name === 'utf-32')
    return { key: 'encoding', reason: `a line end in ${name} can only be found in ${name}le or ${name}be` };
  if (terminator !== '\u0085' || isEbcdic(strictly(page))) return undefined;
  return { key: 'terminator', reason: `NEL ends lines in EBCDIC; in ${name} it is \\n or \\r\\n` };
}

/**
 * Lines of text in an encoding whose line ends or characters are not those of ASCII.
 *
 *     windows-1252, gbk ..   text 0a            utf-16le   text 0a 00           cp037   text 25
 *                            text 0d 0a                    text 0d 00 0a 00             text 15 (NEL)
 *
 * Throws `OPTION_INVALID`.
 */
export function encodedLines(page: CodePage, options: EncodedLinesOptions): Codec<string> {
  const { max, terminator, frameTimeout } = options;
  const problem = lineProblem(page, terminator);
  if (problem !== undefined) throw badOption(problem.key, problem.reason);
  const ends = lineEndsOf(page);
  return {
    name: 'line',
    decoder: timed(() => new LinesDecoder(page, new EncodedLineMeasure(ends, max)), frameTimeout),
    encoder: () => new LinesEncoder(strictly(page), terminator, ends),
  };
}

/** Finds where a line ends, including its end. */
export class EncodedLineMeasure implements Measure {
  /** After a line was found: bytes of its end. */
  tail = 0;
  readonly #ends: LineEnds;
  readonly #max: number;
  #searched = 0;

  constructor(ends: LineEnds, max: number) {
    this.#ends = ends;
    this.#max = max;
  }

  measure(window: ByteWindow): number {
    const { unit } = this.#ends;
    const at = this.#find(window);
    if (at < 0) {
      const have = window.length - (window.length % unit);
      this.#check(this.#textLength(window, have));
      this.#searched = have;
      window.short(have + unit);
      return 0;
    }
    this.#searched = 0;
    const size = this.#textLength(window, at);
    this.#check(size);
    this.tail = at + unit - size;
    return at + unit;
  }

  /** Where the first line end is. */
  #find(window: ByteWindow): number {
    const { ends, unit } = this.#ends;
    const [end, other] = ends;
    if (other !== undefined) return this.#findEither(window, (end as Buffer)[0], other[0]);
    let at = window.indexOf(end as Buffer, this.#searched);
    // The same bytes may be the end of one character and the start of the next.
    while (at >= 0 && at % unit !== 0) at = window.indexOf(end as Buffer, at + 1);
    return at;
  }

  /** One search for both: where lines end with only one of them, a search for the other would run to the window's end. */
  #findEither(window: ByteWindow, one: number | undefined, other: number | undefined): number {
    for (let at = this.#searched; at < window.length; at++) {
      const byte = window.at(at);
      if (byte === one || byte === other) return at;
    }
    return -1;
  }

  /** Bytes of the text, without a CR at its end. */
  #textLength(window: ByteWindow, length: number): number {
    const { cr } = this.#ends;
    const without = length - cr.length;
    return without >= 0 && window.view(without, length).equals(cr) ? without : length;
  }

  #check(size: number): void {
    const limit = this.#max;
    if (size > limit) throw tcpErrors.error('FRAME_TOO_LARGE', { size, limit });
  }
}

class LinesDecoder implements FrameDecoder<string> {
  readonly #page: CodePage;
  readonly #measure: EncodedLineMeasure;

  constructor(page: CodePage, measure: EncodedLineMeasure) {
    this.#page = page;
    this.#measure = measure;
  }

  decode(window: ByteWindow): string | undefined {
    const whole = this.#measure.measure(window);
    if (whole === 0) return undefined;
    const line = window.take(whole);
    return this.#page.decode(line.subarray(0, whole - this.#measure.tail));
  }
}

class LinesEncoder implements FrameEncoder<string> {
  readonly #page: CodePage;
  readonly #terminator: Terminator;
  readonly #end: Buffer;
  readonly #holdsEnd: RegExp;

  constructor(page: CodePage, terminator: Terminator, ends: LineEnds) {
    this.#page = page;
    this.#terminator = terminator;
    this.#end = terminatorOf(ends, terminator);
    this.#holdsEnd = ends.ebcdic ? /[\n\u0085]/ : /\n/;
  }

  encode(message: string, sink: ByteSink): void {
    if (typeof message === 'string' && this.#holdsEnd.test(message)) throw notEncodable('line', HOLDS_END);
    if (typeof message === 'string' && this.#terminator !== '\r\n' && message.endsWith('\r'))
      throw notEncodable('line', ENDS_WITH_CR);
    sink.bytes(messageBytes(message, this.#page, 'line'));
    sink.bytes(this.#end);
  }
}

/** Sends lines of bytes that are already text of the encoding. */
export class EncodedLineEncoder implements FrameEncoder<Payload> {
  readonly #page: CodePage;
  readonly #ends: LineEnds;
  readonly #terminator: Terminator;
  readonly #end: Buffer;

  constructor(page: CodePage, terminator: Terminator) {
    this.#page = strictly(page);
    this.#ends = lineEndsOf(page);
    this.#terminator = terminator;
    this.#end = terminatorOf(this.#ends, terminator);
  }

  encode(message: Payload, sink: ByteSink): void {
    const bytes = this.#bytes(message);
    const { unit, ends, cr, encoding } = this.#ends;
    if (bytes.length % unit !== 0)
      throw notEncodable('line', `its ${bytes.length} bytes are not whole characters of ${encoding}`);
    if (ends.some((end) => indexAt(bytes, end, unit) >= 0)) throw notEncodable('line', HOLDS_END);
    if (this.#terminator !== '\r\n' && bytes.length >= unit && bytes.subarray(-unit).equals(cr))
      throw notEncodable('line', ENDS_WITH_CR);
    sink.bytes(bytes);
    sink.bytes(this.#end);
  }

  #bytes(message: Payload): Buffer {
    if (typeof message === 'string') return messageBytes(message, this.#page, 'line');
    const { buffer, byteOffset, byteLength } = payloadBytes(message, 'line');
    return Buffer.from(buffer, byteOffset, byteLength);
  }
}

/** Where `end` is at a multiple of `unit`, or -1. */
function indexAt(bytes: Buffer, end: Buffer, unit: number): number {
  let at = bytes.indexOf(end);
  while (at >= 0 && at % unit !== 0) at = bytes.indexOf(end, at + 1);
  return at;
}

const HOLDS_END = 'it holds a line feed';
const ENDS_WITH_CR = 'it ends with a CR, which the receiver takes for a part of the line end';

function badOption(key: string, reason: string): Error {
  return coreErrors.error('OPTION_INVALID', { key, where: ' of line()', reason: `${reason}.` });
}
