/**
 * `fairlead:helpers`, the one module that scripts may import: reading and checking the bytes that devices send.
 *
 * Offsets count bytes from 0; numbers are big-endian unless the name ends in `le`. Reading beyond the end throws a
 * RangeError. The module uses nothing but the language, since it runs inside the scripts' isolates.
 */

// --- bytes and text ---------------------------------------------------------------------------------------------------

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

// --- numbers ----------------------------------------------------------------------------------------------------------

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const u8 = (bytes: Uint8Array, at = 0): number => view(bytes).getUint8(at);
export const i8 = (bytes: Uint8Array, at = 0): number => view(bytes).getInt8(at);
export const u16 = (bytes: Uint8Array, at = 0): number => view(bytes).getUint16(at);
export const u16le = (bytes: Uint8Array, at = 0): number => view(bytes).getUint16(at, true);
export const i16 = (bytes: Uint8Array, at = 0): number => view(bytes).getInt16(at);
export const i16le = (bytes: Uint8Array, at = 0): number => view(bytes).getInt16(at, true);
export const u24 = (bytes: Uint8Array, at = 0): number => u16(bytes, at) * 0x100 + u8(bytes, at + 2);
export const u24le = (bytes: Uint8Array, at = 0): number => u16le(bytes, at) + u8(bytes, at + 2) * 0x10000;
export const i24 = (bytes: Uint8Array, at = 0): number => (u24(bytes, at) << 8) >> 8;
export const i24le = (bytes: Uint8Array, at = 0): number => (u24le(bytes, at) << 8) >> 8;
export const u32 = (bytes: Uint8Array, at = 0): number => view(bytes).getUint32(at);
export const u32le = (bytes: Uint8Array, at = 0): number => view(bytes).getUint32(at, true);
export const i32 = (bytes: Uint8Array, at = 0): number => view(bytes).getInt32(at);
export const i32le = (bytes: Uint8Array, at = 0): number => view(bytes).getInt32(at, true);
export const f32 = (bytes: Uint8Array, at = 0): number => view(bytes).getFloat32(at);
export const f32le = (bytes: Uint8Array, at = 0): number => view(bytes).getFloat32(at, true);
export const f64 = (bytes: Uint8Array, at = 0): number => view(bytes).getFloat64(at);
export const f64le = (bytes: Uint8Array, at = 0): number => view(bytes).getFloat64(at, true);

/** 64-bit integers: a number where it is exact (up to 2^53), else a BigInt. */
export const u64 = (bytes: Uint8Array, at = 0): number | bigint => exact(view(bytes).getBigUint64(at));
export const u64le = (bytes: Uint8Array, at = 0): number | bigint =>
  exact(view(bytes).getBigUint64(at, true));
export const i64 = (bytes: Uint8Array, at = 0): number | bigint => exact(view(bytes).getBigInt64(at));
export const i64le = (bytes: Uint8Array, at = 0): number | bigint => exact(view(bytes).getBigInt64(at, true));

function exact(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Packed decimal digits as text (so that leading zeros stay): 0x12 0x34 is '1234'. A digit above 9 throws. */
export function bcd(bytes: Uint8Array, at = 0, length = bytes.length - at): string {
  if (at < 0 || length < 0 || at + length > bytes.length) throw new RangeError('beyond the end');
  const digits = hex(bytes.subarray(at, at + length));
  if (/[a-f]/.test(digits)) throw new RangeError(`not BCD: ${digits}`);
  return digits;
}

/** Bit `n` of a number, 0 being the lowest. */
export function bit(value: number, n: number): boolean {
  return Math.floor(value / 2 ** n) % 2 === 1;
}

/** `count` bits of a number from bit `from` upwards. */
export function bits(value: number, from: number, count: number): number {
  return Math.floor(value / 2 ** from) % 2 ** count;
}

// --- checks -----------------------------------------------------------------------------------------------------------
// Names and check values (of the ASCII text 123456789): the catalogue of parametrised CRC algorithms at reveng.sourceforge.io.

function reflected(bytes: Uint8Array, polynomial: number, start: number): number {
  let crc = start;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  }
  return crc;
}

function straight16(bytes: Uint8Array, polynomial: number, start: number): number {
  let crc = start;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = (crc & 0x8000 ? (crc << 1) ^ polynomial : crc << 1) & 0xffff;
  }
  return crc;
}

/** CRC-16/IBM-SDLC, also called X-25 and CRC-ITU: GT06 trackers, HDLC. Check 0x906e. */
export const crc16x25 = (bytes: Uint8Array): number => reflected(bytes, 0x8408, 0xffff) ^ 0xffff;
/** CRC-16/MODBUS, sent low byte first. Check 0x4b37. */
export const crc16modbus = (bytes: Uint8Array): number => reflected(bytes, 0xa001, 0xffff);
/** CRC-16/ARC. Check 0xbb3d. */
export const crc16arc = (bytes: Uint8Array): number => reflected(bytes, 0xa001, 0);
/** CRC-16/KERMIT. Check 0x2189. */
export const crc16kermit = (bytes: Uint8Array): number => reflected(bytes, 0x8408, 0);
/** CRC-16/IBM-3740, commonly called CCITT-FALSE. Check 0x29b1. */
export const crc16ccittFalse = (bytes: Uint8Array): number => straight16(bytes, 0x1021, 0xffff);
/** CRC-16/XMODEM. Check 0x31c3. */
export const crc16xmodem = (bytes: Uint8Array): number => straight16(bytes, 0x1021, 0);
/** CRC-32/ISO-HDLC: Ethernet, zip. Check 0xcbf43926. */
export const crc32 = (bytes: Uint8Array): number => (reflected(bytes, 0xedb88320 | 0, -1) ^ -1) >>> 0;

/** The sum of all bytes, modulo 256. */
export function sum8(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum + byte) & 0xff;
  return sum;
}

/** All bytes combined by exclusive or. */
export function xor8(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value ^= byte;
  return value;
}

// --- time -------------------------------------------------------------------------------------------------------------

/** A Date of a UTC calendar time. Month 1 to 12; a year below 100 means 2000 + year. Throws for a day that does not exist. */
export function dateUTC(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): Date {
  const full = year < 100 ? 2000 + year : year;
  const date = new Date(Date.UTC(full, month - 1, day, hour, minute, second));
  const same =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute;
  if (!same || date.getUTCFullYear() !== full)
    throw new RangeError(`no such time: ${full}-${month}-${day} ${hour}:${minute}:${second}`);
  return date;
}

/** A Date of Unix seconds. */
export const dateUnix = (seconds: number): Date => new Date(seconds * 1_000);
