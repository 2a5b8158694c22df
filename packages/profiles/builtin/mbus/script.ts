/*
 * M-Bus meters (EN 13757-2 and -3) behind a level converter.
 *
 *     E5                                          acknowledged
 *     10 C A SUM 16                               short: 40 reset, 5B or 7B ask for data, in turns
 *     68 L L 68  C A CI data  SUM 16              long: C 08 an answer
 *     CI 72      id (4, BCD) maker (2) version medium  access  status  signature (2)  records
 *     record     DIF [DIFE..] VIF [VIFE..] value   low byte first
 */

import {
  bcdle,
  be,
  type Context,
  concat,
  type Downlink,
  decrypt,
  fromHex,
  hex,
  type Request,
  type Result,
  u8,
  u16le,
  u32le,
} from 'fairlead:helpers';
import { contents, tidy, type Values } from './records.ts';
import { ask, long, select, short } from './requests.ts';
import { ENCRYPTED, ERRORS, FILLER, FIXED_KEYS, FIXED_MEDIA, FIXED_UNITS, MEDIA, STATES } from './tables.ts';

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  if (bytes[0] === 0xe5) return { values: { ack: true } };
  if (bytes[0] === 0x10) return { values: { control: u8(bytes, 1), address: u8(bytes, 2) } };
  if (bytes[1] !== bytes[2]) throw new Error(`two lengths, ${bytes[1]} and ${bytes[2]}`);
  const [control, address, ci] = [u8(bytes, 4), u8(bytes, 5), u8(bytes, 6)];
  const { time, values } = answer(ci, bytes.subarray(7, -2), ctx);
  const result: Result = { values: { control, address, ci, ...values }, ...(time !== undefined && { time }) };
  const asked = ctx.request as { address: number } | undefined;
  if (asked && values.more === true) result.reply = ask(asked.address, ctx);
  if (ctx.type === 'gateway') result.device = String(values.deviceId ?? address);
  return result;
}

function answer(ci: number, data: Uint8Array, ctx: Context): { time?: Date; values: Values } {
  switch (ci) {
    case 0x70:
      return { values: { error: data[0] ?? 0, meaning: ERRORS[data[0] ?? 0] ?? 'unknown error' } };
    case 0x71:
      return { values: { alarm: 'general', status: u8(data) } };
    case 0x72:
      return variable(data, 12, ctx);
    case 0x7a:
      return variable(data, 4, ctx);
    case 0x78:
      return contents({}, data, ctx);
    case 0x73:
      return { values: fixed(data) };
    default:
      return { values: { data: hex(data) } };
  }
}

/** The header has 12 bytes, or the last four of them. */
function variable(data: Uint8Array, size: number, ctx: Context): { time?: Date; values: Values } {
  if (data.length < size) throw new Error('the header is cut off');
  const [access, status, signature] = [u8(data, size - 4), u8(data, size - 3), u16le(data, size - 2)];
  const states = STATES.filter((state, bit) => state !== '' && (status >> bit) & 1);
  const head: Values = {
    ...(size === 12 && identity(data)),
    accessNumber: access,
    status: hex(data.slice(size - 3, size - 2)),
    ...(states.length > 0 && { states }),
    ...(signature !== 0 && { signature: signature.toString(16).padStart(4, '0') }),
  };
  const mode = (signature >> 8) & 0x1f;
  const rest = data.subarray(size);
  if (!ENCRYPTED.includes(mode) || rest[0] === FILLER) return contents(head, rest, ctx);
  if (mode !== 5 || ctx.secret === undefined || size !== 12) return { values: { ...head, data: hex(rest) } };
  return contents(head, deciphered(data, signature, ctx.secret), ctx);
}

/** Mode 5: AES-CBC over so many blocks; the vector is maker, id, version and medium, then eight times the access number. */
function deciphered(data: Uint8Array, signature: number, key: string): Uint8Array {
  const end = 12 + 16 * ((signature >> 4) & 15);
  if (end > data.length) throw new Error('the encrypted blocks end beyond the data');
  const access = new Uint8Array(8).fill(u8(data, 8));
  const iv = concat(data.subarray(4, 6), data.subarray(0, 4), data.subarray(6, 8), access);
  const plain = decrypt('aes-cbc', fromHex(key), data.subarray(12, end), { iv, padding: false });
  if (plain[0] !== FILLER || plain[1] !== FILLER) throw new Error('the key is wrong');
  return concat(plain, data.subarray(end));
}

function identity(data: Uint8Array): Values {
  const deviceId = hex(data.slice(0, 4).reverse());
  return {
    deviceId,
    id: deviceId.replace(/^0+(?=.)/, ''),
    manufacturer: maker(u16le(data, 4)),
    version: u8(data, 6),
    medium: mediumOf(u8(data, 7)),
  };
}

/** Three letters of five bits. */
const maker = (code: number): string =>
  String.fromCharCode(...[10, 5, 0].map((shift) => ((code >> shift) & 31) + 64));

const mediumOf = (medium: number): string =>
  MEDIA.get(medium) ?? `Unknown medium (0x${medium.toString(16).padStart(2, '0')})`;

/** CI 73: two counters behind a header of eight bytes; two bits of each unit tell the medium. */
function fixed(data: Uint8Array): Values {
  if (data.length !== 16) throw new Error(`fixed data of ${data.length} bytes instead of 16`);
  const [status, first, second] = [u8(data, 5), u8(data, 6), u8(data, 7)];
  const deviceId = hex(data.slice(0, 4).reverse());
  const records = [first, second].map((unit, i) => {
    const at = 8 + 4 * i;
    const value = (status & 1) === 0 ? Number(bcdle(data, at, 4)) : u32le(data, at);
    const kind = status & 2 ? 'Stored value' : 'Actual value';
    return { function: kind, unit: FIXED_UNITS[unit & 0x3f] as string, value, text: String(value) };
  });
  return {
    deviceId,
    id: deviceId.replace(/^0+(?=.)/, ''),
    medium: FIXED_MEDIA[(first >> 6) | ((second >> 6) << 2)],
    accessNumber: u8(data, 4),
    status: hex(data.slice(5, 6)),
    ...fixedKeys(records),
    records,
  };
}

function fixedKeys(records: { unit: string; value: number }[]): Values {
  const values: Values = {};
  for (const { unit, value } of records) {
    const [, tens = '1', base = ''] = /^(?:(10|100) )?(\S+)$/.exec(unit) ?? [];
    const [key, factor] = FIXED_KEYS[base] ?? [];
    if (key !== undefined && factor !== undefined) values[key] ??= tidy(value * Number(tens) * factor);
  }
  return values;
}

export function poll(ctx: Context): Request[] {
  return (ctx.parameters.addresses as (number | string)[]).flatMap((address) => {
    const expectAck = [{ at: 0, bytes: Uint8Array.of(0xe5) }];
    const primary = typeof address === 'number' ? address : 253;
    const first =
      primary === 253
        ? select(String(address))
        : ctx.state[`known${primary}`]
          ? undefined
          : short(0x40, primary);
    ctx.state[`known${primary}`] = true;
    return [
      ...(first ? [{ send: first, expect: expectAck, data: { address: primary } }] : []),
      {
        send: ask(primary, ctx),
        expect: [{ at: 0, bytes: Uint8Array.of(0x68) }],
        data: { address: primary },
      },
    ];
  });
}

export function downlink({ values }: Downlink, ctx: Context): Uint8Array | undefined {
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const address = Number(params.address ?? (ctx.parameters.addresses as unknown[])[0]);
  switch (method) {
    case 'read':
      return ask(address, ctx);
    case 'init':
      return short(0x40, address);
    case 'select':
      return select(String(params.id));
    case 'setAddress':
      return long(0x53, address, concat(0x51, 0x01, 0x7a, be(Number(params.to), 1)));
    case 'resetApplication':
      return long(0x53, address, Uint8Array.of(0x50));
    case 'send':
      return long(0x53, address, fromHex(String(params.data)));
    default:
      return undefined;
  }
}
