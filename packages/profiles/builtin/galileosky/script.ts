// Galileosky trackers, after the maker's description of the data protocol.
//
//   01  LENGTH (2)  tags  CRC-16/MODBUS       bit 15 of LENGTH: more packets wait; answer 02 and the CRC as it came
//   07  LENGTH (2)  part  CRC                 photograph; answer 07 and the CRC
//   08  LENGTH (2)  compressed records  CRC
//   01  LENGTH (2, big-endian)  01 001c ..    the same through the gateway of Iridium, without a check
//
// Numbers are little-endian. A tag that comes again begins the next record.

import { concat, crc16modbus, le, Reader } from 'fairlead:helpers';
import { compressed, photo, type Result, satellite } from './other.ts';
import { type Entry, read, type Values } from './tags.ts';

interface Context {
  time: number;
  identity?: string;
  state: { serial?: number };
}

const isIridium = (bytes: Uint8Array): boolean =>
  bytes[0] === 1 && bytes[3] === 1 && bytes[4] === 0 && bytes[5] === 0x1c;

export function identify(bytes: Uint8Array) {
  if (isIridium(bytes)) return { id: new Reader(bytes, 10).ascii(15) };
  if (bytes[0] !== 1) return undefined;
  const id = tagged(new Reader(bytes, 3, bytes.length - 2)).find(({ id }) => id !== undefined)?.id;
  return id === undefined ? undefined : { id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result[] {
  if (isIridium(bytes)) return [satellite(bytes)];
  const body = new Reader(bytes, 3, bytes.length - 2);
  const check = bytes.slice(bytes.length - 2);
  if (bytes[0] === 7) return [photo(body, check)];
  const results: Result[] = bytes[0] === 8 ? compressed(body, ctx.time) : records(body);
  return [...results, { reply: concat(2, check) }];
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const text = command(values.method, values.params ?? {});
  const serial = ctx.state.serial ?? 0;
  ctx.state.serial = (serial + 1) % 2 ** 31;
  const tags = concat(3, ctx.identity ?? '', 4, le(0, 2), 0xe0, le(serial, 4), 0xe1, text.length, text);
  const packet = concat(1, le(tags.length, 2), tags);
  return { send: concat(packet, le(crc16modbus(packet), 2)), id: String(serial) };
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return `Out 0,${params.on ? 1 : 0}`;
    case 'locate':
      return 'Status';
    case 'reboot':
      return 'Reset';
    case 'text':
      return String(params.text).slice(0, 255);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, reboot or text`);
  }
}

function records(body: Reader): Result[] {
  return tagged(body)
    .filter(({ values }) => Object.keys(values).some((key) => key !== 'deviceId' && key !== 'deviceNumber'))
    .map(({ values, time }) => ({
      values,
      ...(time && { time }),
      // An answer repeats the number of its command.
      ...(values.message !== undefined && values.index !== undefined && { answers: String(values.index) }),
    }));
}

function tagged(body: Reader): Entry[] {
  let entry: Entry = { values: {} };
  const entries = [entry];
  const seen = new Set<number>();
  let id: string | undefined;
  while (body.left > 0) {
    const tag = body.u8();
    if (seen.has(tag)) {
      seen.clear();
      entry = { values: id === undefined ? {} : { deviceId: id } };
      entries.push(entry);
    }
    seen.add(tag);
    if (tag === 3) {
      id = imei(body.ascii(15));
      entry.id = id;
      entry.values.deviceId = id;
    } else read(entry, tag, body);
  }
  return entries;
}

function imei(text: string): string {
  if (!/^\d{15}$/.test(text)) throw new Error('the IMEI is not 15 digits');
  return text;
}
