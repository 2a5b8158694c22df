// Electric vehicles after GB/T 32960.3-2016. Integers are big-endian, times are those of Beijing.
//
//   23 23  CMD  ACK  VIN (17)  ENCRYPTION  LENGTH (2)  data  XOR        24 24: the edition of 2025
//
//   report   time (6), then parts: TYPE and content. "infos" has the raw numbers; values have units.

import { be, concat, Reader, zoneMinutes } from 'fairlead:helpers';
import { decode, platformLogin } from './content.ts';
import { answer, type Context, clock, owed, PLATFORM_LOGIN, packet, parse, type Values } from './message.ts';

interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  device?: string;
}

export function identify(bytes: Uint8Array) {
  const message = parse(bytes);
  // A vehicle proves nothing: it must not pass for a platform, which has a password.
  if (message.cmd !== PLATFORM_LOGIN) return message.vin === '' ? undefined : { id: message.vin, secret: '' };
  const platform = platformLogin(new Reader(message.data, 6));
  return { id: platform.name, secret: platform.password, refusal: answer(message, 2, message.data) };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const message = parse(bytes);
  const { cmd, ack, vin, encrypt } = message;
  const values: Values = { cmd, ack, encrypt, ...(vin !== '' && { vin, deviceId: vin }) };
  const time = decode(message, values, zoneMinutes(ctx.parameters.timezone));
  const reply = owed(message, ctx);
  return {
    values,
    ...(time && { time }),
    ...(reply && { reply }),
    ...(ctx.type === 'gateway' && vin !== '' && vin !== ctx.identity && { device: vin }),
  };
}

export function downlink(
  { values }: { values: { method: string; params?: Values } },
  ctx: Context,
): Uint8Array {
  const [cmd, content] = command(values.method, values.params ?? {});
  return packet(Uint8Array.of(0x23, 0x23), cmd, 0xfe, ctx.identity ?? '', concat(clock(ctx), content));
}

function command(method: string, params: Values): [cmd: number, content: Uint8Array] {
  switch (method) {
    case 'reboot':
      return [0x82, Uint8Array.of(3)];
    case 'powerOff':
      return [0x82, Uint8Array.of(2)];
    case 'disconnect':
      return [0x82, Uint8Array.of(5)];
    case 'interval':
      return [0x81, concat(1, 2, be(Number(params.seconds), 2))];
    case 'query': {
      const numbers = (params.parameters as number[] | undefined) ?? [];
      return [0x80, Uint8Array.of(numbers.length, ...numbers)];
    }
    default:
      throw new Error(`unknown command ${method}: use reboot, powerOff, disconnect, interval or query`);
  }
}
