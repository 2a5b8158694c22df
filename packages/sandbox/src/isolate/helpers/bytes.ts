/** `fairlead:helpers`: bytes, hexadecimal digits and what is made of several parts. */
import { utf8Bytes } from './text.ts';

/** Two lower-case digits a byte, with `separator` between them. */
export function hex(bytes: Uint8Array, separator = ''): string {
  const digits: string[] = [];
  for (const byte of bytes) digits.push(byte.toString(16).padStart(2, '0'));
  return digits.join(separator);
}

/** Bytes from hex digits; spaces, colons and dashes between bytes are skipped. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/[\s:-]/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits))
    throw new RangeError(`not hex: ${text.slice(0, 60)}`);
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** One after another: byte arrays, strings (UTF-8), single bytes. */
export function concat(...parts: (Uint8Array | readonly number[] | string | number)[]): Uint8Array {
  const bytes: number[] = [];
  for (const part of parts) {
    if (typeof part === 'number') bytes.push(part);
    else for (const byte of typeof part === 'string' ? utf8Bytes(part) : part) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
