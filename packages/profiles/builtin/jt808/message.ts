// The message of a JT/T 808 terminal: how a frame is read, and the frames that answer it.

import { be, bit, bits, concat, hex, Reader, u16, u32, xor8, zoneMinutes } from 'fairlead:helpers';

export interface Context {
  time: number;
  identity?: string;
  state: { phone?: string; version?: number; serial?: number };
  parameters: { timezone: string };
}

export type Values = Record<string, unknown>;

export interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array | string;
  answers?: number;
  refused?: string | false;
}

export interface Message {
  bytes: Uint8Array;
  type: number;
  attributes: number;
  version: number | undefined;
  phone: Uint8Array;
  serial: number;
  part: { total: number; index: number } | undefined;
  body: Reader;
  zone: number;
}

export function parse(bytes: Uint8Array, ctx: Context): Message {
  const reader = new Reader(bytes, 0, bytes.length - 1);
  const type = reader.u16();
  const attributes = reader.u16();
  const version = bit(attributes, 14) ? reader.u8() : undefined;
  const phone = reader.take(version === undefined ? 6 : 10).slice();
  const serial = type === 0x5501 || type === 0x5502 ? reader.u8() : reader.u16();
  const part = bit(attributes, 13) ? { total: reader.u16(), index: reader.u16() } : undefined;
  const length = bits(attributes, 0, 10);
  if (length !== reader.left) throw new Error(`the message announces ${length} bytes and has ${reader.left}`);
  ctx.state.phone = hex(phone);
  if (version !== undefined) ctx.state.version = version;
  const zone = zoneMinutes(ctx.parameters.timezone);
  return { bytes, type, attributes, version, phone, serial, part, body: reader, zone };
}

/** The telephone number; terminals with an IMEI write its first 14 digits as a number of 48 bits. */
export function identity(phone: Uint8Array): string {
  const digits = fullNumber(phone);
  return digits.replace(/^0+(?=.)/, '');
}

function fullNumber(phone: Uint8Array): string {
  const digits = hex(phone);
  if (/^\d+$/.test(digits)) return digits;
  const imei = String(u16(phone) * 2 ** 32 + u32(phone, 2));
  return imei + luhn(imei);
}

function luhn(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return (10 - (sum % 10)) % 10;
}

export function packet(
  type: number,
  version: number | undefined,
  phone: Uint8Array,
  serial: number,
  body: Uint8Array,
): Uint8Array {
  const number = type === 0x4401 ? Uint8Array.of(serial) : be(serial, 2);
  const attributes = body.length | (version === undefined ? 0 : 0x4000);
  const head = concat(
    be(type, 2),
    be(attributes, 2),
    version === undefined ? '' : Uint8Array.of(version),
    phone,
    number,
  );
  const content = concat(head, body);
  return concat(0x7e, escaped(concat(content, xor8(content))), 0x7e);
}

function escaped(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const byte of bytes) {
    if (byte === 0x7d || byte === 0x7e) out.push(0x7d, byte - 0x7c);
    else out.push(byte);
  }
  return Uint8Array.from(out);
}

/** The platform's general answer. */
export function done({ type, version, phone, serial }: Message, result = 0): Uint8Array {
  return packet(0x8001, version, phone, 0, concat(be(serial, 2), be(type, 2), result));
}

/** The answer to a registration; a terminal that is taken gets its authentication code, its own number. */
export function registered({ version, phone, serial }: Message, result = 0): Uint8Array {
  return packet(
    0x8100,
    version,
    phone,
    0,
    concat(be(serial, 2), result, result === 0 ? fullNumber(phone) : ''),
  );
}

/** Types that the platform does not answer: they are answers themselves. */
const UNANSWERED = new Set([
  0x0001, 0x0104, 0x0107, 0x0201, 0x0302, 0x0500, 0x0700, 0x0701, 0x0702, 0x0802, 0x0805, 0x1205, 0x1300,
  0x2070,
]);

export function answer(message: Message, ctx: Context): Uint8Array | undefined {
  const { type, version, phone, attributes } = message;
  if (type === 0x0100) return registered(message);
  if (type === 0x0109) return packet(0x8109, version, phone, 0, clock(ctx.time));
  if (type === 0x0801 && message.body.left >= 4 && isWhole(message))
    return packet(0x8800, version, phone, 0, message.bytes.slice(message.body.at, message.body.at + 4));
  if (type === 0x5501 || type === 0x5502)
    return bit(attributes, 15) ? packet(0x4401, version, phone, 1, concat(be(type, 2), 0)) : undefined;
  return type === 0x0107 || !UNANSWERED.has(type) ? done(message) : undefined;
}

const isWhole = ({ part }: Message): boolean => part === undefined;

function clock(time: number): Uint8Array {
  const now = new Date(time);
  return concat(
    be(now.getUTCFullYear(), 2),
    now.getUTCMonth() + 1,
    now.getUTCDate(),
    now.getUTCHours(),
    now.getUTCMinutes(),
    now.getUTCSeconds(),
    0,
  );
}

/** `(…BASE,2,TIME)` asks for the time in place of TIME. */
export function bracketed(text: string, ctx: Context): Result {
  if (!/^\(\d+,[ -~]*\)$/.test(text)) throw new Error('not the text of a padlock');
  if (!text.includes('BASE,2')) return { values: { message: text } };
  const now = new Date(ctx.time).toISOString().replace(/\D/g, '').slice(0, 14);
  return { reply: text.replace('TIME', now) };
}
