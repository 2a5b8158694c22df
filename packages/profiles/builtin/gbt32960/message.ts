// Messages, replies and their times.

import { ascii, be, concat, dateUTC, type Reader, u8, xor8, zoneMinutes } from 'fairlead:helpers';

export interface Context {
  time: number;
  type: string;
  identity?: string;
  parameters: { timezone: string; acknowledge: boolean };
}
export type Values = Record<string, unknown>;
export interface Message {
  start: Uint8Array;
  cmd: number;
  ack: number;
  vin: string;
  encrypt: number;
  data: Uint8Array;
}

export const VEHICLE_LOGIN = 1;
export const PLATFORM_LOGIN = 5;

export function parse(bytes: Uint8Array): Message {
  const vin = ascii(bytes.subarray(4, 21)).replaceAll('\0', '').trim();
  if (!/^[\x21-\x7e]*$/.test(vin)) throw new Error('the VIN holds no text');
  return {
    start: bytes.slice(0, 2),
    cmd: u8(bytes, 2),
    ack: u8(bytes, 3),
    vin,
    encrypt: u8(bytes, 21),
    data: bytes.subarray(24, bytes.length - 1),
  };
}

export function packet(
  start: Uint8Array,
  cmd: number,
  ack: number,
  vin: string,
  data: Uint8Array,
): Uint8Array {
  const body = concat(cmd, ack, vin.padEnd(17, '\0'), 1, be(data.length, 2), data);
  return concat(start, body, xor8(body));
}

export const answer = ({ start, cmd, vin }: Message, ack: number, data: Uint8Array): Uint8Array =>
  packet(start, cmd, ack, vin, data);

/** Logins and logouts come back with the server's time; a report with its own. Answers are not answered. */
export function owed(message: Message, ctx: Context): Uint8Array | undefined {
  const { cmd, ack, data } = message;
  if (ack !== 0xfe) return undefined;
  if (cmd === 7) return answer(message, 1, new Uint8Array(0));
  if (cmd === 8) return answer(message, 1, clock(ctx));
  if (cmd === 2 || cmd === 3)
    return ctx.parameters.acknowledge ? answer(message, 1, data.slice(0, 6)) : undefined;
  return [VEHICLE_LOGIN, 4, PLATFORM_LOGIN, 6].includes(cmd)
    ? answer(message, 1, concat(clock(ctx), data.subarray(6)))
    : undefined;
}

export function clock(ctx: Context): Uint8Array {
  const now = new Date(ctx.time + zoneMinutes(ctx.parameters.timezone) * 60_000);
  return Uint8Array.of(
    now.getUTCFullYear() - 2000,
    now.getUTCMonth() + 1,
    now.getUTCDate(),
    now.getUTCHours(),
    now.getUTCMinutes(),
    now.getUTCSeconds(),
  );
}

export function date(reader: Reader, values: Values, zone: number): Date {
  const [Year = 0, Month = 0, Day = 0, Hour = 0, Minute = 0, Second = 0] = reader.take(6);
  values.clock = { Year, Month, Day, Hour, Minute, Second };
  return new Date(dateUTC(2000 + Year, Month, Day, Hour, Minute, Second).getTime() - zone * 60_000);
}
