// Teltonika trackers, after "Teltonika data sending protocols" and the tables of AVL elements of the FMB family.
//
//   login    LENGTH (2)  IMEI in ASCII                                     answer 01, or 00 where the device is unknown
//   packet   00000000  LENGTH (4)  CODEC  COUNT  records  COUNT  0000 CRC  answer: the count in 4 bytes
//   record   time (8, ms)  priority  longitude  latitude  altitude  angle  satellites  speed  event  elements
//   ping     ff

import { ascii, be, concat, crc16arc, hex, Reader, u16 } from 'fairlead:helpers';
import { compactRecord } from './compact.ts';
import { avlRecord, CODEC_8, CODEC_8_EXTENDED, CODEC_16 } from './records.ts';
import { CODEC_12, CODEC_13, CODEC_14, CODEC_15, COMMAND, textRecord } from './texts.ts';
import type { Result, Values } from './values.ts';

const CODEC_7 = 0x07;

const ACCEPTED = Uint8Array.of(1);
const REFUSED = Uint8Array.of(0);

export function identify(bytes: Uint8Array) {
  if (!isLogin(bytes)) return undefined;
  return { id: imei(bytes), reply: ACCEPTED, refusal: REFUSED, consumed: true };
}

export function uplink(bytes: Uint8Array): Result | Result[] | undefined {
  if (bytes.length === 1) return undefined; // ping
  if (isLogin(bytes)) {
    imei(bytes);
    return { reply: ACCEPTED };
  }
  const reader = new Reader(bytes, 8, bytes.length - 4);
  const codec = reader.u8();
  const count = reader.u8();
  const results: Result[] = [];
  for (let i = 0; i < count; i++) results.push(record(reader, codec));
  const again = reader.u8();
  if (again !== count || reader.left > 0)
    throw new Error(
      `the packet announces ${count} records and ends with ${again}, ${reader.left} bytes too early`,
    );
  if (codec < CODEC_12 || codec > CODEC_15) results.push({ reply: be(count, 4) });
  return results;
}

export function downlink({ values }: { values: { method: string; params?: Values } }) {
  const text = command(values.method, values.params ?? {});
  const body = concat(CODEC_12, 1, 5, be(text.length, 4), text, 1);
  return { send: concat(be(0, 4), be(body.length, 4), body, be(crc16arc(body), 4)), id: COMMAND };
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return `setdigout ${params.on ? 1 : 0}`;
    case 'locate':
      return 'getgps';
    case 'interval':
      return `setparam 10050:${Number(params.seconds)}`;
    case 'reboot':
      return 'cpureset';
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, interval, reboot or text`);
  }
}

const isLogin = (bytes: Uint8Array): boolean => bytes.length > 2 && u16(bytes) > 0;

function imei(bytes: Uint8Array): string {
  const id = ascii(bytes.subarray(2));
  if (!/^[0-9A-Za-z]+$/.test(id)) throw new Error('the login holds no IMEI');
  return id;
}

function record(reader: Reader, codec: number): Result {
  switch (codec) {
    case CODEC_7:
      return compactRecord(reader);
    case CODEC_8:
    case CODEC_16:
    case CODEC_8_EXTENDED:
      return avlRecord(reader, codec);
    case CODEC_12:
    case CODEC_13:
    case CODEC_14:
    case CODEC_15:
      return textRecord(reader, codec);
    default: {
      // Nothing says where a record of an unknown codec ends: take all of them.
      const raw = hex(reader.take(reader.left - 1));
      return { values: { raw } };
    }
  }
}
