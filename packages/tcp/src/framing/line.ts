import { parseOptions, type Size } from '@fairlead/core';
import { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import { tcpLimits } from '../limits.ts';
import { codePage, type OnInvalid } from '../text/code-page.ts';
import type { Codec, FrameDecoder, FrameEncoder } from './codec.ts';
import { encodedLines, type Terminator } from './encoded-lines.ts';
import type { Measure } from './measure.ts';
import { limitOption, timeOption } from './option-schemas.ts';
import { notEncodable } from './payload.ts';
import type { ByteSink } from './sink.ts';
import { type TimedOptions, timed } from './timed.ts';
import { type ByteWindow, searchIn } from './window.ts';

export interface LineOptions extends TimedOptions {
  /** Longest line in bytes, its end not counted. Default 1 MiB. */
  readonly max?: Size;
  /** Of both directions, by any usual name: `utf-8`, `windows-1252`, `utf-16le`, `cp037`. Default `utf-8`. */
  readonly encoding?: string;
  /**
   * What happens to received bytes that are not valid in it: `strict` ends the link with `TEXT_INVALID`, `replace` (the
   * default) gives U+FFFD. Text that cannot be encoded is never sent, in either case.
   */
  readonly onInvalid?: OnInvalid;
  /** The line end that is sent; received lines may end with any of them. NEL (U+0085) in EBCDIC only. Default LF. */
  readonly terminator?: Terminator;
}

const schema = z.strictObject({
  max: limitOption.default(tcpLimits.values.frame),
  encoding: z.string().default('utf-8'),
  onInvalid: z.enum(['strict', 'replace']).default('replace'),
  terminator: z.enum(['\n', '\r\n', '\u0085']).default('\n'),
  frameTimeout: timeOption.optional(),
});

/** Encodings that Node decodes without a table. */
const FAST: Readonly<Record<string, 'utf8' | 'latin1'>> = { 'utf-8': 'utf8', 'iso-8859-1': 'latin1' };
const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Lines of text, as strings without their end.
 *
 *     text LF text CR LF     a CR alone belongs to the text
 *
 * In UTF-16, UTF-32 and EBCDIC line ends are other bytes, see {@link encodedLines}. A byte order mark at the head of a
 * line is stripped. A line that the peer never ends is not delivered (`FRAME_TRUNCATED`); one beyond `max` is `FRAME_TOO_LARGE`.
 */
export function line(options: LineOptions = {}): Codec<string> {
  const {
    max,
    encoding: name,
    onInvalid,
    terminator,
    frameTimeout,
  } = parseOptions(schema, options, 'line()');
  const page = codePage(name, { onInvalid });
  const encoding = FAST[page.name];
  if (encoding === undefined || onInvalid === 'strict' || terminator === '\u0085')
    return encodedLines(page, { max, terminator, frameTimeout });
  return {
    name: 'line',
    decoder: timed(() => new LineDecoder(max, encoding), frameTimeout),
    encoder: () => new LineEncoder(encoding, terminator),
  };
}

/** Finds where a line ends, including its LF. */
export class LineMeasure implements Measure {
  protected readonly max: number;
  /** Bytes in which there is no LF. */
  protected searched = 0;

  constructor(max: number) {
    this.max = max;
  }

  measure(window: ByteWindow): number {
    const at = window.indexOf(LF, this.searched);
    if (at < 0) {
      const have = window.end - window.start;
      this.#check(have > 0 && window.at(have - 1) === CR ? have - 1 : have);
      this.searched = have;
      window.short(have + 1);
      return 0;
    }
    this.searched = 0;
    if (at >= this.max) this.#check(at > 0 && window.at(at - 1) === CR ? at - 1 : at);
    return at + 1;
  }

  #check(size: number): void {
    if (size > this.max) throw tcpErrors.error('FRAME_TOO_LARGE', { size, limit: this.max });
  }
}

/** Bytes of the text of a line, given the bytes of the whole. */
export function textLength(window: ByteWindow, whole: number): number {
  return whole > 1 && window.at(whole - 2) === CR ? whole - 2 : whole - 1;
}

class LineDecoder extends LineMeasure implements FrameDecoder<string> {
  readonly #encoding: 'utf8' | 'latin1';

  constructor(max: number, encoding: 'utf8' | 'latin1') {
    super(max);
    this.#encoding = encoding;
  }

  decode(window: ByteWindow): string | undefined {
    const whole = this.measure(window);
    if (whole === 0) return undefined;
    const from = window.start;
    const to = from + textLength(window, whole);
    window.start = from + whole;
    return lineText(window.bytes, this.#encoding, from, to);
  }

  decodeMany(window: ByteWindow, lines: string[], stopAt: number): void {
    while (window.start < window.end && window.start < stopAt) {
      const from = window.start;
      if (this.searched === 0) takeLines(window, this.#encoding, this.max, lines, stopAt);
      if (window.start > from) continue;
      const line = this.decode(window);
      if (line === undefined) return;
      lines.push(line);
    }
  }
}

/** Text without the byte order mark that some programs begin with. */
function lineText(bytes: Buffer, encoding: 'utf8' | 'latin1', from: number, to: number): string {
  const text = bytes.toString(encoding, from, to);
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

/** The hot loop: whole lines in a row, up to one that is incomplete or may be too long. */
function takeLines(
  window: ByteWindow,
  encoding: 'utf8' | 'latin1',
  max: number,
  lines: string[],
  stopAt: number,
): void {
  const { bytes, end } = window;
  let at = window.start;
  for (let found = searchIn(bytes, LF, at, end); found >= 0; found = searchIn(bytes, LF, at, end)) {
    const to = found > at && bytes[found - 1] === CR ? found - 1 : found;
    if (to - at > max) break;
    lines.push(lineText(bytes, encoding, at, to));
    at = found + 1;
    if (at >= stopAt) break;
  }
  window.start = at;
}

class LineEncoder implements FrameEncoder<string> {
  readonly #encoding: 'utf8' | 'latin1';
  readonly #terminator: string;

  constructor(encoding: 'utf8' | 'latin1', terminator: string) {
    this.#encoding = encoding;
    this.#terminator = terminator;
  }

  encode(message: string, sink: ByteSink): void {
    if (typeof message !== 'string') throw notEncodable('line', `expected text, got ${typeof message}`);
    if (message.includes('\n')) throw notEncodable('line', 'it holds a line feed');
    if (this.#terminator === '\n' && message.endsWith('\r'))
      throw notEncodable('line', 'it ends with a CR, which the receiver takes for a part of the line end');
    if (this.#encoding === 'utf8') {
      if (!message.isWellFormed()) throw notEncodable('line', 'it holds half of a surrogate pair');
      sink.text(message + this.#terminator);
    } else sink.bytes(latin1(message + this.#terminator));
  }
}

function latin1(text: string): Buffer {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff)
      throw notEncodable('line', `the character "${text.slice(i, i + 1)}" at ${i} is not in latin1`);
  }
  return Buffer.from(text, 'latin1');
}
