// GT06 trackers, after "Concox GPS tracker communication protocol V1.02" and the messages of later devices of the family.
//
//   78 78  LENGTH (1)  TYPE  content  SERIAL (2)  CRC (2)  0d 0a
//   79 79  LENGTH (2)  TYPE  content  SERIAL (2)  CRC (2)  0d 0a        integers big-endian
//
// A message of a type is laid out by type and length: makers reuse numbers for other contents.

import { be, concat } from 'fairlead:helpers';
import { decoder } from './layouts.ts';
import {
  answer,
  type Context,
  clock,
  login,
  packet,
  parse,
  type Result,
  replies,
  type Values,
} from './message.ts';
import { isWifi, wifi } from './wifi.ts';

export function identify(bytes: Uint8Array, ctx: Context) {
  const message = parse(bytes, ctx);
  if (message.type !== 0x01 || message.long) return undefined;
  return { id: login(message, ctx), reply: answer(message), consumed: true };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | undefined {
  const message = parse(bytes, ctx);
  if (message.type === 0x01 && !message.long) {
    login(message, ctx);
    return { reply: answer(message) };
  }
  if (message.type === 0x8a) return { reply: packet(0x8a, clock(ctx.time), 0) };
  if (isWifi(bytes)) return wifi(bytes);
  decoder(message)(message);
  const { values, time, answers } = message;
  const owed = replies(message);
  return {
    ...(Object.keys(values).length > 0 && { values: { messageType: message.type, ...values } }),
    ...(time && { time }),
    ...(owed && { reply: owed }),
    ...(answers !== undefined && { answers }),
  };
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const serial = ctx.state.serial ?? 0;
  ctx.state.serial = (serial + 1) & 0xffff;
  const text = command(values.method, values.params ?? {});
  // The answer repeats the server's flag: it tells which command it answers.
  return { send: packet(0x80, concat(4 + text.length, be(serial, 4), text), serial), id: serial };
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return `Relay,${params.on ? 1 : 0}#`;
    case 'locate':
      return 'WHERE#';
    case 'interval':
      return `TIMER,${Number(params.seconds)}#`;
    case 'reboot':
      return 'RESET#';
    case 'text':
      return String(params.text).slice(0, 240);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, interval, reboot or text`);
  }
}
