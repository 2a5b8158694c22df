// Vehicle terminals after JT/T 808-2013 and -2019 (messages, unescaped and without their flags):
//
//   TYPE (2)  ATTRIBUTES (2)  [VERSION (1), 2019]  PHONE (BCD, 6; 2019: 10)  SERIAL (2)  [TOTAL (2) INDEX (2)]  body  XOR
//
// ATTRIBUTES: bits 0-9 length of the body, 10-12 encryption, 13 one part of several, 14 version 2019.
// Types 5501 and 5502, of padlocks, have a serial number of one byte. Texts in brackets are answers of padlocks.

import { ascii, be, bits, concat, encodeText, fromHex } from 'fairlead:helpers';
import { unknown } from './layout.ts';
import { DECODERS } from './layouts.ts';
import {
  answer,
  bracketed,
  type Context,
  done,
  identity,
  packet,
  parse,
  type Result,
  registered,
  type Values,
} from './message.ts';

export function identify(bytes: Uint8Array, ctx: Context) {
  if (bytes[0] === 0x28) {
    const id = /^\((\d+),/.exec(ascii(bytes))?.[1];
    return id === undefined ? undefined : { id };
  }
  const message = parse(bytes, ctx);
  const id = identity(message.phone);
  if (message.type === 0x0102) return { id, reply: done(message), refusal: done(message, 1), consumed: true };
  if (message.type === 0x0100) return { id, refusal: registered(message, 4) };
  return { id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | Result[] | undefined {
  if (bytes[0] === 0x28) return bracketed(ascii(bytes), ctx);
  const message = parse(bytes, ctx);
  const reply = answer(message, ctx);
  const encrypted =
    bits(message.attributes, 10, 3) !== 0 && message.type !== 0x5501 && message.type !== 0x5502;
  const decode = message.part || encrypted ? undefined : DECODERS[message.type];
  const results = decode ? decode(message) : unknown(message);
  return reply ? [...results, { reply }] : results;
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const serial = ctx.state.serial ?? 0;
  ctx.state.serial = (serial + 1) & 0xffff;
  const version = ctx.state.version;
  const phone = fromHex(
    ctx.state.phone ?? (ctx.identity ?? '').padStart(version === undefined ? 12 : 20, '0'),
  );
  const [type, body] = command(values.method, values.params ?? {});
  return { send: packet(type, version, phone, serial, body), id: serial };
}

function command(method: string, params: Values): [type: number, body: Uint8Array] {
  switch (method) {
    case 'relay':
      return [0x8105, Uint8Array.of(params.on ? 0xf0 : 0xf1)];
    case 'locate':
      return [0x8201, new Uint8Array(0)];
    case 'interval':
      return [0x8103, concat(1, be(0x0029, 4), 4, be(Number(params.seconds), 4))];
    case 'reboot':
      return [0x8105, Uint8Array.of(4)];
    case 'text':
      return [0x8300, concat(1, encodeText(String(params.text), 'gbk'))];
    default:
      throw new Error(`unknown command ${method}: use relay, locate, interval, reboot or text`);
  }
}
