// H02 trackers, after "H02 GPS tracker protocol V1.0.5".
//
//   text    *MAKER,ID,TYPE,fields#            coordinates ddmm.mmmm, dates ddmmyy, speeds in knots
//   binary  $ or X  ID (BCD, 5)  hhmmss ddmmyy  latitude (4)  battery (1)  longitude and flags (5)  speed, course (3)  status (4)  ..
//
// In the status word a bit that is 0 is an alarm.

import { bcd, bit, dateText, hex, nmeaCoordinate, u8, u32 } from 'fairlead:helpers';
import { DECODERS, position } from './reports.ts';
import { battery, clock, type Result, type Sentence, sentence, status, type Values } from './sentence.ts';

interface Context {
  time: number;
  identity?: string;
  parameters: { acknowledge: boolean };
}

const TEXT = 0x2a;

export function identify(bytes: Uint8Array) {
  const id = bytes[0] === TEXT ? sentence(bytes).id : binaryId(bytes);
  return id === '' ? undefined : { id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | undefined {
  if (bytes[0] !== TEXT) return binary(bytes, ctx);
  const message = sentence(bytes);
  const { values = {}, time } = (DECODERS[message.type] ?? position)(message);
  const reply = answer(message, ctx);
  const full = { deviceId: message.id, messageType: message.type, ...values };
  return {
    ...(Object.keys(values).length > 0 && { values: full }),
    ...(time && { time }),
    ...(reply !== undefined && { reply }),
    // V4 confirms a command, whose type is its first field.
    ...(message.type === 'V4' && message.fields[0] && { answers: message.fields[0] }),
  };
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const [type, ...fields] = command(values.method, values.params ?? {});
  const send = `*HQ,${[ctx.identity ?? '', type, clock(ctx.time).slice(8), ...fields].join(',')}#`;
  return { send, id: type };
}

function command(method: string, params: Values): [type: string, ...fields: string[]] {
  switch (method) {
    case 'relay':
      return ['S20', '1', params.on ? '1' : '0'];
    case 'arm':
      return params.on ? ['SCF', '0', '0'] : ['SCF', '1', '1'];
    case 'interval':
      return ['S71', '22', String(Number(params.seconds))];
    case 'reboot':
      return ['R1'];
    case 'text':
      return [String(params.type), ...((params.fields as string[] | undefined) ?? [])];
    default:
      throw new Error(`unknown command ${method}: use relay, arm, interval, reboot or text`);
  }
}

function answer({ maker, id, type }: Sentence, ctx: Context): string | undefined {
  if (id === '') return undefined;
  if (type === 'HTBT' || type === 'V0') return `*${maker},${id},${type}#`;
  if (type === 'V1' || type === 'NBR') return `*HQ,${id},V4,${type},${clock(ctx.time)}#`;
  return ctx.parameters.acknowledge ? `*HQ,${id},R12,${clock(ctx.time).slice(8)}#` : undefined;
}

// --- binary messages --------------------------------------------------------------------------------------------------

/** Ten digits; devices whose message has 42 bytes send 15 digits of an IMEI. */
function binaryId(bytes: Uint8Array): string {
  return bytes.length === 42 ? bcd(bytes, 1, 8).slice(0, 15) : bcd(bytes, 1, 5);
}

function binary(bytes: Uint8Array, ctx: Context): Result {
  const id = binaryId(bytes);
  const at = bytes.length === 42 ? 9 : 6;
  const time = bcd(bytes, at, 3);
  const date = bcd(bytes, at + 3, 3);
  const latitude = bcd(bytes, at + 6, 4);
  const longitude = hex(bytes.subarray(at + 11, at + 16));
  const flags = Number.parseInt(longitude[9] ?? '', 16);
  const motion = bcd(bytes, at + 16, 3);
  const values: Values = { deviceId: id, messageType: String.fromCharCode(u8(bytes)), valid: bit(flags, 1) };
  values.latitude = nmeaCoordinate(`${latitude.slice(0, 4)}.${latitude.slice(4)}`, bit(flags, 2) ? 'N' : 'S');
  values.longitude = nmeaCoordinate(
    `${longitude.slice(0, 5)}.${longitude.slice(5, 9)}`,
    bit(flags, 3) ? 'E' : 'W',
  );
  values.speed = Number(motion.slice(0, 3)) * 1.852;
  values.course = Number(motion.slice(3));
  battery(values, u8(bytes, at + 10));
  status(values, u32(bytes, at + 19));
  return {
    values,
    time: dateText(date, time, 'dmy'),
    ...(ctx.parameters.acknowledge && { reply: `*HQ,${id},R12,${clock(ctx.time).slice(8)}#` }),
  };
}
