// Eelink trackers, after "Eelink GPS tracker communication protocol", versions 1.8 and 2.0.
//
//   67 67  TYPE  LENGTH (2)  SERIAL (2)  content        LENGTH counts SERIAL and content; integers big-endian; no check
//
// Places are in 1/30,000 of a minute. Content that a device of an earlier version leaves out is missing from its end.

import { be, concat, Reader, u8 } from 'fairlead:helpers';
import { answer, engine } from './engine.ts';
import {
  ALARM,
  COMMAND,
  type Context,
  DATA,
  GPS,
  HEARTBEAT,
  imei,
  LOGIN,
  NORMAL,
  OBD,
  packet,
  type Result,
  SMS,
  STATE,
  status,
  type Values,
} from './message.ts';
import { first, second } from './reports.ts';

export function identify(bytes: Uint8Array, ctx: Context) {
  if (u8(bytes, 2) !== LOGIN) return undefined;
  return { id: imei(new Reader(bytes, 7)), reply: reply(bytes, ctx), consumed: true };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result[] {
  const content = new Reader(bytes, 7);
  const type = u8(bytes, 2);
  const { values, time } = decode(type, content);
  const index = new Reader(bytes, 5).u16();
  const results: Result[] = [{ values: { messageType: type, index, ...values }, ...(time && { time }) }];
  if (type === COMMAND && values?.server !== undefined)
    Object.assign(results[0] as Result, { answers: String(values.server) });
  if (type !== GPS && type !== DATA) results.push({ reply: reply(bytes, ctx) });
  return results;
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const text = command(values.method, values.params ?? {});
  const serial = ctx.state.serial ?? 0;
  ctx.state.serial = (serial + 1) % 0x10000;
  return { send: packet(COMMAND, be(serial, 2), concat(1, be(serial, 4), text)), id: String(serial) };
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return `RELAY,${params.on ? 1 : 0}#`;
    case 'locate':
      return 'WHERE#';
    case 'reboot':
      return 'RESET#';
    case 'text':
      return String(params.text).slice(0, 1000);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, reboot or text`);
  }
}

/** To a login: time, version of the protocol and no actions. */
function reply(bytes: Uint8Array, { time }: Context): Uint8Array {
  const content = bytes[2] === LOGIN ? concat(be(Math.floor(time / 1000), 4), be(1, 2), 0) : new Uint8Array();
  return packet(u8(bytes, 2), bytes.slice(5, 7), content);
}

// --- messages ---------------------------------------------------------------------------------------------------------

function decode(type: number, content: Reader): Result {
  if (type === LOGIN) return login(content);
  if (type === HEARTBEAT || (type === OBD && content.left === 4)) return heartbeat(content);
  if (type === OBD) return engine(content);
  if (type === GPS || type === ALARM || type === STATE || type === SMS) return first(type, content);
  if (type >= NORMAL && type <= 0x19) return second(type, content);
  if (type === COMMAND) return answer(content);
  return { values: { raw: content.hex(content.left) } };
}

/** IMEI, language, time zone in quarters of an hour. */
function login(content: Reader): Result {
  const values: Values = { deviceId: imei(content) };
  if (content.left > 0) values.language = content.u8();
  if (content.left > 0) values.timezone = content.i8() * 15;
  return { values };
}

function heartbeat(content: Reader): Result {
  return { values: content.left < 2 ? {} : status(content.u16(), false) };
}
