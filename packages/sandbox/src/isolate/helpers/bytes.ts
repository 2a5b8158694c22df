/** `fairlead:helpers`: bytes, hexadecimal digits and what is made of several parts. */
import { utf8Bytes } from './text.ts';

/** Two lower-case digits a byte, with `separator` between them. */
export function hex(bytes: Uint8Array, separator = ''): string {
  if (separator === '' && bytes instanceof Uint8Array) return bytes.toHex();
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

/** Whether two byte arrays hold the same bytes. Takes the same time wherever they differ. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length && i < b.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

/** Where `pattern` (bytes, text in UTF-8, or one byte) begins first, from `from` on; -1: nowhere. */
export function indexOf(bytes: Uint8Array, pattern: Uint8Array | string | number, from = 0): number {
  if (typeof pattern === 'number') return bytes.indexOf(pattern, from);
  const wanted = typeof pattern === 'string' ? utf8Bytes(pattern) : pattern;
  if (wanted.length === 0) return from <= bytes.length ? Math.max(from, 0) : -1;
  const last = bytes.length - wanted.length;
  for (let at = Math.max(from, 0); ; at++) {
    at = bytes.indexOf(wanted[0] as number, at);
    if (at < 0 || at > last) return -1;
    let same = 1;
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
    if (same === wanted.length) return at;
  }
}

/** The parts between the bytes of value `separator`; without any there is one part. The parts share the memory of `bytes`. */
export function split(bytes: Uint8Array, separator: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = bytes.indexOf(separator); at >= 0; at = bytes.indexOf(separator, from)) {
    parts.push(bytes.subarray(from, at));
    from = at + 1;
  }
  parts.push(bytes.subarray(from));
  return parts;
}

/** Base64 of RFC 4648, section 4, with padding. */
export function base64(bytes: Uint8Array): string {
  return bytes.toBase64();
}

/** Bytes from Base64, either alphabet of RFC 4648, with or without padding; white space is skipped. */
export function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    throw new RangeError(`not Base64: ${text.slice(0, 60)}`);
  }
}
