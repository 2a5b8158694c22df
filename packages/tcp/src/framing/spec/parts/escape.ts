import { tcpErrors } from '../../../catalogue.ts';
import { hexDigit } from '../../integers.ts';
import { notEncodable } from '../../payload.ts';
import { ByteWindow, cut } from '../../window.ts';

/** Turns content into the bytes between the marks, and back. */
export interface Transform {
  /** Content of the bytes `from` to `to` of the window. Throws `FRAME_CONTENT_INVALID`. */
  decode(window: ByteWindow, from: number, to: number): Buffer;
  encode(content: Buffer): Buffer;
  /** Most bytes on the wire for each byte of content. */
  readonly growth: number;
  /** The escape byte; undefined: none. */
  readonly escapeByte?: number | undefined;
}

export const unchanged: Transform = {
  decode: (window, from, to) => window.view(from, to),
  encode: (content) => content,
  growth: 1,
};

/**
 *     7d 02 -> 7e     by map: two bytes represent one
 *     7d 5e -> 7e     by XOR with 20
 */
export class Escapes implements Transform {
  readonly growth = 2;
  readonly escapeByte: number;
  /** By the byte after the escape byte: the byte that the two represent; -1: none. */
  readonly #meaning: Int16Array;
  /** By the byte of content: the byte after the escape byte; -1: it is not escaped. */
  readonly #code: Int16Array;
  /** The bytes that may follow the escape byte if a peer escapes no more than necessary. */
  readonly #codes: ReadonlySet<number>;

  constructor(escapeByte: number, meaning: Int16Array, sent: readonly number[], codes: Iterable<number>) {
    this.escapeByte = escapeByte;
    this.#meaning = meaning;
    this.#codes = new Set(codes);
    this.#code = new Int16Array(256).fill(-1);
    for (const byte of sent) this.#code[byte] = meaning.indexOf(byte);
  }

  static byMap(escapeByte: number, map: ReadonlyMap<number, number>, sent?: readonly number[]): Escapes {
    const meaning = new Int16Array(256).fill(-1);
    for (const [code, byte] of map) meaning[code] = byte;
    const known = [...map.values()];
    const unknown = sent?.find((byte) => !known.includes(byte));
    if (unknown !== undefined)
      throw new Error(`"sent" holds ${unknown.toString(16).padStart(2, '0')}, for which "map" has no code`);
    if (!known.includes(escapeByte)) throw new Error('"map" has no code for the escape byte itself');
    return new Escapes(escapeByte, meaning, sent === undefined ? known : [...sent, escapeByte], map.keys());
  }

  static byXor(escapeByte: number, xor: number, sent: readonly number[]): Escapes {
    const meaning = Int16Array.from({ length: 256 }, (_, byte) => byte ^ xor);
    const all = [...sent, escapeByte];
    return new Escapes(
      escapeByte,
      meaning,
      all,
      all.map((byte) => byte ^ xor),
    );
  }

  /** Whether an escaped byte may look like one of these marks, as in `\\ >`. */
  mayHold(marks: Buffer): boolean {
    return marks.some((mark) => this.#codes.has(mark));
  }

  decode(window: ByteWindow, from: number, to: number): Buffer {
    const { bytes, start } = window;
    const first = window.find(this.escapeByte, from, to);
    if (first < 0) return cut(bytes, start + from, start + to);
    const content = Buffer.allocUnsafeSlow(to - from - 1);
    bytes.copy(content, 0, start + from, start + first);
    let size = first - from;
    const end = start + to;
    for (let at = start + first; at < end; at++) {
      let byte = bytes[at] as number;
      if (byte === this.escapeByte) {
        byte = ++at < end ? (this.#meaning[bytes[at] as number] as number) : -1;
        if (byte < 0) throw badEscape(window, at - start - 1, to);
      }
      content[size++] = byte;
    }
    return content.subarray(0, size);
  }

  encode(content: Buffer): Buffer {
    const wire = Buffer.allocUnsafe(content.length * 2);
    let size = 0;
    for (const byte of content) {
      const code = this.#code[byte] as number;
      if (code >= 0) wire[size++] = this.escapeByte;
      wire[size++] = code >= 0 ? code : byte;
    }
    return wire.subarray(0, size);
  }
}

/** A byte that is doubled within content. */
export class Doubling implements Transform {
  readonly growth = 2;
  readonly #byte: number;

  constructor(byte: number) {
    this.#byte = byte;
  }

  decode(window: ByteWindow, from: number, to: number): Buffer {
    const { bytes, start } = window;
    const first = window.find(this.#byte, from, to);
    if (first < 0) return cut(bytes, start + from, start + to);
    const content = Buffer.allocUnsafeSlow(to - from);
    let size = 0;
    for (let at = from; at < to; at++) {
      const byte = bytes[start + at] as number;
      content[size++] = byte;
      if (byte === this.#byte && (++at >= to || bytes[start + at] !== byte))
        throw badEscape(window, at - 1, to);
    }
    return content.subarray(0, size);
  }

  encode(content: Buffer): Buffer {
    const wire = Buffer.allocUnsafe(content.length * 2);
    let size = 0;
    for (const byte of content) {
      wire[size++] = byte;
      if (byte === this.#byte) wire[size++] = byte;
    }
    return wire.subarray(0, size);
  }
}

/** Drops bytes that are no part of the content, and leaves the rest to another transform. */
export class Ignoring implements Transform {
  readonly growth: number;
  readonly escapeByte: number | undefined;
  readonly #ignored: Uint8Array;
  readonly #inner: Transform;

  constructor(ignored: readonly number[], inner: Transform) {
    this.growth = inner.growth;
    this.escapeByte = inner.escapeByte;
    this.#inner = inner;
    this.#ignored = new Uint8Array(256);
    for (const byte of ignored) this.#ignored[byte] = 1;
  }

  decode(window: ByteWindow, from: number, to: number): Buffer {
    const ignored = this.#ignored;
    const wire = window.view(from, to);
    if (!wire.some((byte) => ignored[byte] === 1)) return this.#inner.decode(window, from, to);
    const rest = new ByteWindow();
    rest.bytes = wire.filter((byte) => ignored[byte] === 0) as Buffer;
    rest.end = rest.bytes.length;
    return this.#inner.decode(rest, 0, rest.end);
  }

  encode(content: Buffer): Buffer {
    const wire = this.#inner.encode(content);
    const lost = wire.find((byte) => this.#ignored[byte] === 1);
    if (lost === undefined) return wire;
    const byte = lost.toString(16).padStart(2, '0');
    throw notEncodable(
      'markers',
      `it contains ${byte}, which the receiver drops: add it to "sent" of "escape"`,
    );
  }
}

/** Hex digits in ASCII; upper case is sent. */
export const hexDigits: Transform = {
  growth: 2,
  decode(window, from, to) {
    const size = (to - from) >> 1;
    const content = Buffer.allocUnsafeSlow(size);
    for (let i = 0; i < size; i++) {
      const high = hexDigit(window.at(from + i * 2));
      const low = hexDigit(window.at(from + i * 2 + 1));
      if (high < 0 || low < 0) throw noHex(window.view(from, to));
      content[i] = high * 16 + low;
    }
    if ((to - from) % 2 !== 0) throw noHex(window.view(from, to));
    return content;
  },
  encode: (content) => Buffer.from(content.toString('hex').toUpperCase()),
};

export function badEscape(window: ByteWindow, at: number, to: number): Error {
  return tcpErrors.error('FRAME_CONTENT_INVALID', {
    reason: `${window.view(at, Math.min(at + 2, to, window.length)).toString('hex')} at ${at} is not a valid escape`,
  });
}

function noHex(bytes: Buffer): Error {
  return tcpErrors.error('FRAME_CONTENT_INVALID', {
    reason: `${JSON.stringify(bytes.toString('latin1', 0, 32))} is not pairs of hexadecimal digits`,
  });
}
