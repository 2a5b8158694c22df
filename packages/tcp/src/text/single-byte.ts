import { isAscii } from 'node:buffer';
import type { InvalidBytes, Scheme } from './scheme.ts';
import { REPLACEMENT } from './scheme.ts';

const NONE = 0xffff;
const UNDEFINED = REPLACEMENT.charCodeAt(0);

/** Encodings with one byte per character, by a table. */
export class SingleByte implements Scheme {
  readonly marked = false;
  readonly #units: Uint16Array;
  /** Bytes by the two halves of a code unit: a page of 256 entries for each upper half that is used. */
  readonly #bytes: (Uint16Array | undefined)[] = [];
  readonly #ascii: boolean;
  readonly #question: number;

  /** @param table the characters of the bytes 0 to 255; U+FFFD if a byte has no character */
  constructor(table: string) {
    this.#units = Uint16Array.from(table, (character) => character.charCodeAt(0));
    for (let byte = 0; byte < 256; byte++) {
      const unit = this.#units[byte] as number;
      if (unit === UNDEFINED) continue;
      this.#bytes[unit >> 8] ??= new Uint16Array(256).fill(NONE);
      (this.#bytes[unit >> 8] as Uint16Array)[unit & 0xff] = byte;
    }
    this.#ascii = this.#units.subarray(0, 128).every((unit, byte) => unit === byte);
    this.#question = this.#byteOf('?'.charCodeAt(0));
  }

  whole(bytes: Buffer): number {
    return bytes.length;
  }

  text(bytes: Buffer): string {
    if (this.#ascii && isAscii(bytes)) return bytes.toString('latin1');
    const units = new Uint16Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) units[i] = this.#units[bytes[i] as number] as number;
    return Buffer.from(units.buffer).toString('utf16le');
  }

  invalid(bytes: Buffer): InvalidBytes | undefined {
    const at = bytes.findIndex((byte) => this.#units[byte] === UNDEFINED);
    return at < 0 ? undefined : { at, length: 1 };
  }

  broken(): number {
    return 0;
  }

  encode(text: string): Buffer | number {
    const bytes = Buffer.allocUnsafe(text.length);
    for (let i = 0; i < text.length; i++) {
      const byte = this.#byteOf(text.charCodeAt(i));
      if (byte === NONE) return i;
      bytes[i] = byte;
    }
    return bytes;
  }

  replace(text: string): Buffer {
    const bytes = Buffer.allocUnsafe(text.length);
    let length = 0;
    for (const character of text) {
      const byte = character.length === 1 ? this.#byteOf(character.charCodeAt(0)) : NONE;
      bytes[length++] = byte === NONE ? this.#question : byte;
    }
    return bytes.subarray(0, length);
  }

  #byteOf(unit: number): number {
    return this.#bytes[unit >> 8]?.[unit & 0xff] ?? NONE;
  }
}
