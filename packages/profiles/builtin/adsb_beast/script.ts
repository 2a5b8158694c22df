/**
 * Mode S and Mode A/C messages in Beast frames.
 *
 *     1a  TYPE  CLOCK (6)  SIGNAL (1)  MESSAGE          type 31: 2 bytes, 32: 7, 33: 14; the framing undoes the doubled 1a
 *
 * A message begins with its downlink format (5 bits) and ends with a parity of 24 bits. Formats 17 and 18 (extended squitter)
 * have a plain parity; in others the address of the aircraft is laid over it. Layouts: ICAO Annex 10 volume IV and
 * Doc 9871, "The 1090 Megahertz Riddle" (J. Sun).
 */

import { checksum, concat, hex } from 'fairlead:helpers';
import { parity, take, type Values } from './bits.ts';
import { commB } from './comm-b.ts';
import { altitude13, height, squawk } from './fields.ts';
import type { Context } from './positions.ts';
import { squitter } from './squitter.ts';

const address = (value: number): string => value.toString(16).padStart(6, '0').toUpperCase();

function modeS(message: Uint8Array, ctx: Context): Values {
  const df = Math.min(take(message, 1, 5), 24);
  const long = message.length === 14;
  if (long !== df >= 16) throw new Error(`downlink format ${df} in ${message.length} bytes`);
  const rest =
    checksum(parity, message.subarray(0, -3)) ^ take(message, message.length * 8 - 23, message.length * 8);
  if (df === 17 || df === 18) {
    if (rest !== 0) return { df, crcValid: false };
    const icao = address(take(message, 9, 32));
    const own = df === 17 || take(message, 6, 8) <= 1 || take(message, 6, 8) === 6;
    const content = own || take(message, 6, 8) === 2 ? squitter(message.subarray(4, 11), { icao, ctx }) : {};
    return { df, crcValid: true, icao, capability: take(message, 6, 8), ...content };
  }
  if (df === 11) {
    if (rest > 0x7f) return { df, crcValid: false };
    return {
      df,
      crcValid: true,
      icao: address(take(message, 9, 32)),
      capability: take(message, 6, 8),
      interrogator: rest,
    };
  }
  if (df === 24) return { df };
  const icao = address(rest);
  const code = take(message, 20, 32);
  if (df === 0 || df === 16)
    return { df, icao, onGround: take(message, 6, 6) === 1, ...height(altitude13(code)) };
  const identity = df === 5 || df === 21;
  const feet = identity ? undefined : altitude13(code);
  const flightStatus = take(message, 6, 8);
  return {
    df,
    icao,
    flightStatus,
    ...(flightStatus < 4 && { onGround: flightStatus % 2 === 1 }),
    ...(identity ? { squawk: squawk(code) } : height(feet)),
    ...(long && commB(message.subarray(4, 11), feet)),
  };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const message = bytes.subarray(9);
  const head = { mlat: take(bytes, 17, 64), signal: bytes[8], frame: hex(message) };
  if (bytes[1] === 0x31)
    return { values: { ...head, modeAC: (take(message, 1, 16) & 0x7777).toString(16).padStart(4, '0') } };
  if (bytes[1] === 0x34) return { values: head };
  const values: Values = modeS(message, ctx);
  const { icao } = values;
  const device = ctx.type === 'gateway' && typeof icao === 'string' && { device: icao };
  return { values: { ...head, ...values, ...(icao !== undefined && { deviceId: icao }) }, ...device };
}

export function downlink({ values }: { values: { method?: unknown; params?: Values } }): Uint8Array {
  const letter = String(values.params?.letter);
  if (values.method !== 'option') throw new Error(`no such command: ${values.method}`);
  if (!/^[c-jC-J]$/.test(letter)) throw new Error(`not the letter of an option: ${letter}`);
  return concat([0x1a, 0x31], letter);
}
