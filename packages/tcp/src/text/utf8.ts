import { isUtf8 } from 'node:buffer';
import { type InvalidBytes, loneSurrogate, type Scheme } from './scheme.ts';

/**
 * UTF-8. An invalid sequence is the longest prefix of a character that the next byte does not continue, as the Unicode
 * Standard recommends (chapter 3.9, "substitution of maximal subparts").
 *
 *     00-7f    C2-DF 80-BF    E0-EF 80-BF 80-BF    F0-F4 80-BF 80-BF 80-BF     the second byte is narrower after E0, ED, F0, F4
 */
export const utf8: Scheme = {
  marked: true,

  whole(bytes) {
    for (let back = 1; back <= 3 && back <= bytes.length; back++) {
      const byte = bytes[bytes.length - back] as number;
      if ((byte & 0xc0) === 0x80) continue;
      const waits = prefixLength(bytes, bytes.length - back) === back && sizeOf(byte) > back;
      return waits ? bytes.length - back : bytes.length;
    }
    return bytes.length;
  },

  text: (bytes) => bytes.toString(),

  invalid(bytes): InvalidBytes | undefined {
    if (isUtf8(bytes)) return undefined;
    for (let at = 0; at < bytes.length; ) {
      const length = prefixLength(bytes, at);
      if (length < sizeOf(bytes[at] as number) || length === 0) return { at, length: Math.max(1, length) };
      at += length;
    }
    return undefined;
  },

  broken: () => 1,

  encode(text) {
    const lone = loneSurrogate(text);
    return lone < 0 ? Buffer.from(text) : lone;
  },

  replace: (text) => Buffer.from(text),
};

/** The size of the character that begins with this byte; 0: no character begins with it. */
function sizeOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** The number of bytes from `at` that are the prefix of one valid character. */
function prefixLength(bytes: Buffer, at: number): number {
  const lead = bytes[at] as number;
  const size = sizeOf(lead);
  if (size < 2) return size;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  let length = 1;
  while (length < size && at + length < bytes.length) {
    const byte = bytes[at + length] as number;
    if (length === 1 ? byte < low || byte > high : (byte & 0xc0) !== 0x80) break;
    length++;
  }
  return length;
}
