import { tcpErrors } from '../catalogue.ts';
import type { Measure } from './measure.ts';
import type { ByteWindow } from './window.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Finds the end of a JSON object or array by its brackets, without understanding the rest.
 *
 *     {"a":"}"}  [1,2]{"b":[ ]}     white space between values is skipped
 *
 * When more bytes come it continues where it stopped, so that each byte is read once.
 */
export class JsonMeasure implements Measure {
  readonly #max: number;
  readonly #maxDepth: number;
  #at = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(max: number, maxDepth: number) {
    this.#max = max;
    this.#maxDepth = maxDepth;
  }

  /** Bytes from the start that were searched. */
  get looked(): number {
    return this.#at;
  }

  measure(window: ByteWindow): number {
    if (this.#at === 0 && !atValue(window)) return 0;
    const { bytes, start, end } = window;
    let at = start + this.#at;
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    while (at < end) {
      const byte = bytes[at++] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) {
        inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (++depth > this.#maxDepth) {
          this.#at = at - start;
          throw this.#tooDeep();
        }
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (--depth === 0) {
          this.#at = this.#depth = 0;
          this.#inString = this.#escaped = false;
          return this.#checked(at - start);
        }
      }
      if (at - start >= this.#max) return this.#checked(at - start + 1);
    }
    this.#at = end - start;
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    window.short(end - start + 1);
    return 0;
  }

  #checked(size: number): number {
    if (size > this.#max) throw tcpErrors.error('FRAME_TOO_LARGE', { size, limit: this.#max });
    return size;
  }

  #tooDeep(): Error {
    return tcpErrors.error('FRAME_JSON_INVALID', { reason: `nested deeper than ${this.#maxDepth} levels` });
  }
}

/**
 * Whether a value begins here. Skips one byte of white space per call: other rules may match the bytes after it, and they
 * must be tried at the same places whatever the chunks. Throws if something else begins.
 */
function atValue(window: ByteWindow): boolean {
  if (window.start === window.end || isSpace(window.at(0))) {
    if (window.start < window.end) window.skip(1);
    window.short(1);
    return false;
  }
  const first = window.at(0);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return true;
  const shown =
    first > 0x20 && first < 0x7f
      ? `"${String.fromCharCode(first)}"`
      : `byte ${first.toString(16).padStart(2, '0')}`;
  throw tcpErrors.error('FRAME_JSON_INVALID', { reason: `${shown} where an object or array must begin` });
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
