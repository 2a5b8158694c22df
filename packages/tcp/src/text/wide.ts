import { type InvalidBytes, loneSurrogate, REPLACEMENT, type Scheme } from './scheme.ts';

const isHigh = (unit: number): boolean => unit >> 10 === 0x36;
const isSurrogate = (unit: number): boolean => unit >> 11 === 0x1b;

/**
 * UTF-16 in one byte order. An unpaired surrogate is invalid.
 *
 *     LE   lo hi        41 00 "A"     3d d8 00 de  U+1F600
 *     BE   hi lo        00 41 "A"     d8 3d de 00  U+1F600
 */
export class Utf16 implements Scheme {
  readonly marked = true;
  readonly #big: boolean;

  constructor(order: 'little' | 'big') {
    this.#big = order === 'big';
  }

  whole(bytes: Buffer): number {
    const even = bytes.length & ~1;
    return even > 0 && isHigh(this.#unit(bytes, even - 2)) ? even - 2 : even;
  }

  text(bytes: Buffer): string {
    const little = this.#big ? Buffer.from(bytes).swap16() : bytes;
    return little.toString('utf16le').toWellFormed();
  }

  invalid(bytes: Buffer): InvalidBytes | undefined {
    for (let at = 0; at < bytes.length; at += 2) {
      const unit = this.#unit(bytes, at);
      if (!isSurrogate(unit)) continue;
      const next = at + 4 <= bytes.length ? this.#unit(bytes, at + 2) : 0;
      if (!isHigh(unit) || !isSurrogate(next) || isHigh(next)) return { at, length: 2 };
      at += 2;
    }
    return undefined;
  }

  broken(bytes: Buffer): number {
    return Math.ceil(bytes.length / 2);
  }

  encode(text: string): Buffer | number {
    const lone = loneSurrogate(text);
    if (lone >= 0) return lone;
    const bytes = Buffer.from(text, 'utf16le');
    return this.#big ? bytes.swap16() : bytes;
  }

  replace(text: string): Buffer {
    return this.encode(text.toWellFormed()) as Buffer;
  }

  #unit(bytes: Buffer, at: number): number {
    return this.#big ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
  }
}

/** UTF-32 in one byte order: four bytes per character, 0 to 10FFFF without surrogates. */
export class Utf32 implements Scheme {
  readonly marked = true;
  readonly #big: boolean;

  constructor(order: 'little' | 'big') {
    this.#big = order === 'big';
  }

  whole(bytes: Buffer): number {
    return bytes.length - (bytes.length % 4);
  }

  text(bytes: Buffer): string {
    let text = '';
    for (let at = 0; at < bytes.length; at += 4) {
      const code = this.#code(bytes, at);
      text += isCharacter(code) ? String.fromCodePoint(code) : REPLACEMENT;
    }
    return text;
  }

  invalid(bytes: Buffer): InvalidBytes | undefined {
    for (let at = 0; at < bytes.length; at += 4)
      if (!isCharacter(this.#code(bytes, at))) return { at, length: 4 };
    return undefined;
  }

  broken(): number {
    return 1;
  }

  encode(text: string): Buffer | number {
    const lone = loneSurrogate(text);
    if (lone >= 0) return lone;
    const bytes = Buffer.allocUnsafe(text.length * 4);
    let at = 0;
    for (const character of text) {
      const code = character.codePointAt(0) as number;
      at = this.#big ? bytes.writeUInt32BE(code, at) : bytes.writeUInt32LE(code, at);
    }
    return bytes.subarray(0, at);
  }

  replace(text: string): Buffer {
    return this.encode(text.toWellFormed()) as Buffer;
  }

  #code(bytes: Buffer, at: number): number {
    return this.#big ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }
}

function isCharacter(code: number): boolean {
  return code <= 0x10ffff && !isSurrogate(code);
}
