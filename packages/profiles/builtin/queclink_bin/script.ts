// Queclink trackers, after the HEX messages of the "@Track Air Interface Protocol".
//
//   +RSP +BSP  TYPE  MASK (4)  LENGTH (2)  model  protocol  firmware  ID (8)  battery  supply  ..  places  sent  count  CRC  0d 0a
//   +EVT +BVT  the same with what belongs to the event
//   +INF +BNF  TYPE  MASK (2)  LENGTH (2)  ID (8)  model  protocol  firmware  ..
//   +ACK +HBD  TYPE  MASK  LENGTH (1)  ..
//   + 00  LENGTH (2)  flags  IMEI (BCD, 8)  ..  records     later devices
//
// CRC-16/CCITT-FALSE from byte 4 on. The second letter B says that the message was stored.

import { ascii, Reader, u8 } from 'fairlead:helpers';
import { identity } from './identity.ts';
import { packets } from './records.ts';
import { date, event, type Result, report, unknown, type Values, versions } from './reports.ts';

interface Context {
  parameters: { password: string };
}

export function identify(bytes: Uint8Array) {
  const id = identity(bytes);
  return id === undefined ? undefined : { id };
}

export function uplink(bytes: Uint8Array): Result | Result[] | undefined {
  if (bytes[1] === 0) return packets(bytes);
  const head = ascii(bytes.subarray(1, 4));
  const decode = DECODERS[head];
  const results = decode ? decode(new Reader(bytes, 4, bytes.length - 4)) : [unknown(bytes)];
  const stored = head[0] === 'B' ? { archive: true } : {};
  const id = identity(bytes);
  for (const { values } of results)
    Object.assign(
      values as Values,
      stored,
      { messageType: `${head} ${u8(bytes, 4)}` },
      id === undefined ? {} : { deviceId: id },
    );
  return results;
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context): string {
  const { method, params = {} } = values;
  const { password } = ctx.parameters;
  switch (method) {
    case 'relay':
      return `AT+GTOUT=${password},${params.on ? 1 : 0},,,0,0,0,0,0,0,0,,,,,,,FFFF$`;
    case 'locate':
      return `AT+GTRTO=${password},1,,,,,,FFFF$`;
    case 'reboot':
      return `AT+GTRTO=${password},3,,,,,,FFFF$`;
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, reboot or text`);
  }
}

// --- information ------------------------------------------------------------------------------------------------------

/** Type, mask (2), length, identity, model, protocol, firmware; then fields that the mask chooses; sent, count. */
function information(reader: Reader): Result[] {
  reader.skip(1 + 2 + 2 + 8);
  const values = versions(reader);
  values.raw = reader.hex(Math.max(0, reader.left - 9));
  const time = date(reader);
  return [{ values, ...(time && { time }) }];
}

function acknowledgement(reader: Reader): Result[] {
  return [{ values: { message: 'ACK', raw: reader.hex(reader.left) } }];
}

const DECODERS: Record<string, (reader: Reader) => Result[]> = {
  RSP: report,
  BSP: report,
  EVT: event,
  BVT: event,
  INF: information,
  BNF: information,
  ACK: acknowledgement,
};
