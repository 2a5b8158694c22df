/** `fairlead:helpers`: bytes as text, and text as bytes. */
import { bytesOfHost, textOfHost } from './host.ts';

/** Text from UTF-8; what is not UTF-8 becomes U+FFFD. */
export function utf8(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const [point, size] = utf8Point(bytes, i);
    text += String.fromCodePoint(point);
    i += size;
  }
  return text;
}

function utf8Point(bytes: Uint8Array, at: number): [point: number, size: number] {
  const first = bytes[at] as number;
  if (first < 0x80) return [first, 1];
  const size =
    first >= 0xf0 && first < 0xf5
      ? 4
      : first >= 0xe0 && first < 0xf0
        ? 3
        : first >= 0xc2 && first < 0xe0
          ? 2
          : 0;
  if (size === 0) return [0xfffd, 1];
  let point = first & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) {
    const next = bytes[at + i];
    if (next === undefined || (next & 0xc0) !== 0x80) return [0xfffd, i];
    // Overlong forms, surrogates and points beyond Unicode show in the second byte.
    if (
      i === 1 &&
      ((first === 0xe0 && next < 0xa0) ||
        (first === 0xed && next > 0x9f) ||
        (first === 0xf0 && next < 0x90) ||
        (first === 0xf4 && next > 0x8f))
    ) {
      return [0xfffd, 1];
    }
    point = (point << 6) | (next & 0x3f);
  }
  return [point, size];
}

/** The UTF-8 of a text. */
export function utf8Bytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    let point = character.codePointAt(0) as number;
    if (point >= 0xd800 && point < 0xe000) point = 0xfffd;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000)
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else
      bytes.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 63),
        0x80 | ((point >> 6) & 63),
        0x80 | (point & 63),
      );
  }
  return Uint8Array.from(bytes);
}

/** Text from ISO 8859-1: each byte is the character of that number. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Text from ASCII: the eighth bit is dropped. */
export function ascii(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte & 0x7f);
  return text;
}

/**
 * Text in a legacy encoding: gbk, gb18030, big5, shift_jis, euc-jp, euc-kr, utf-8, utf-16le, utf-16be, latin1, iso-8859-2 to -16,
 * windows-1250 to -1258, windows-874, koi8-r, koi8-u, cp437, cp850, cp866, macintosh. What is not valid becomes U+FFFD; an
 * unknown name throws a RangeError. At most 1 MiB.
 */
export function decodeText(bytes: Uint8Array, encoding: string): string {
  return textOfHost('decodeText', bytes.slice(), encoding);
}

/** The bytes of a text in one of these encodings. A character that it does not have becomes '?'. */
export function encodeText(text: string, encoding: string): Uint8Array {
  return bytesOfHost('encodeText', text, encoding);
}
