// The message of a GT06 tracker: how a frame is read, and the frames that answer it.

import { bcd, be, bit, concat, crc16x25, Reader, u8, u16, zoneMinutes } from 'fairlead:helpers';

export interface Context {
  time: number;
  state: { zone?: number; serial?: number };
  parameters: { timezone: string; model: string };
}

export type Values = Record<string, unknown>;

export interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  answers?: number;
}

/** Text of some bytes, without the zeros that fill it up. */
export const textOf = (content: Reader, size: number): string =>
  content.ascii(size).replaceAll('\0', '').trim();

export interface Message {
  bytes: Uint8Array;
  type: number;
  long: boolean;
  length: number;
  serial: number;
  zone: number;
  model: string;
  content: Reader;
  values: Values;
  time?: Date | undefined;
  /** The server's flag of the command that it answers. */
  answers?: number;
}

export function parse(bytes: Uint8Array, ctx: Context): Message {
  const long = bytes[0] === 0x79;
  const { timezone, model } = ctx.parameters;
  return {
    bytes,
    type: u8(bytes, long ? 4 : 3),
    long,
    length: long ? u16(bytes, 2) : u8(bytes, 2),
    serial: u16(bytes, bytes.length - 6),
    zone: timezone === 'login' ? (ctx.state.zone ?? 0) : zoneMinutes(timezone),
    model,
    content: new Reader(bytes, long ? 5 : 4, bytes.length - 6),
    values: {},
  };
}

export function packet(type: number, content: Uint8Array, serial: number): Uint8Array {
  const body = concat(content.length + 5, type, content, be(serial, 2));
  return concat(0x78, 0x78, body, be(crc16x25(body), 2), '\r\n');
}

export const answer = (message: Message): Uint8Array =>
  packet(message.type, new Uint8Array(0), message.serial);

/** Types that the server does not answer; it answers none of the long ones that it does not know. */
const UNANSWERED = new Set([0x21, 0x34, 0x35, 0x36, 0x38, 0x61, 0x80, 0x81, 0x82, 0x8c, 0x94, 0x9b]);

const LONG_ANSWERED = new Set([0x40, 0x41, 0x70, 0xf1, 0xf2]);

export function replies(message: Message): Uint8Array | undefined {
  const { type, long, length } = message;
  if (type === 0x2a) {
    const text = 'NA&&NA&&0##';
    const body = concat(be(text.length + 10, 2), 0x97, text.length, be(0, 4), text, be(0, 2));
    return concat(0x79, 0x79, body, be(crc16x25(body), 2), '\r\n');
  }
  if (type === 0x36 && length === 0x17) return answer(message);
  if (type === 0x24 && length === 0x2e) return undefined;
  if (type === 0x61) return answer(message);
  return (long ? LONG_ANSWERED.has(type) : !UNANSWERED.has(type)) ? answer(message) : undefined;
}

/** The IMEI; the state of the link gets the zone that the device states. */
export function login({ content }: Message, ctx: Context): string {
  const imei = bcd(content.take(8)).slice(1);
  if (content.left < 4) return imei;
  content.skip(2); // model
  const zone = content.u16();
  const minutes = Math.floor((zone >> 4) / 100) * 60 + ((zone >> 4) % 100);
  if (minutes <= 14 * 60) ctx.state.zone = bit(zone, 3) ? -minutes : minutes;
  return imei;
}

export function clock(time: number): Uint8Array {
  const now = new Date(time);
  return Uint8Array.of(
    now.getUTCFullYear() - 2000,
    now.getUTCMonth() + 1,
    now.getUTCDate(),
    now.getUTCHours(),
    now.getUTCMinutes(),
    now.getUTCSeconds(),
  );
}

export type Decoder = (message: Message) => void;
