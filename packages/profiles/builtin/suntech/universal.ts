// Messages of the universal protocol, as text and in binary.

import { bcd, bit, dateUTC, Reader } from 'fairlead:helpers';
import { ALERTS, event, type Fields, place, time, type Values } from './fields.ts';
import { serial } from './series.ts';

export interface Context {
  identity?: string;
  state: { prefix?: string };
}
export interface Result {
  values?: Values;
  time?: Date;
}

/** Fields of a BLE report are fixed. */
const BLE_MASK = 0b1100000110110;

export function universal(values: Values, type: string, fields: Fields): Date | undefined {
  const mask = type === 'BLE' ? BLE_MASK : fields.hex();
  const has = (n: number): boolean => bit(mask, n);
  if (has(1)) fields.next(); // model
  if (has(2)) values.firmware = fields.next();
  if (has(3) && fields.next() === '0') values.archive = true;
  const when = has(4) && has(5) ? time(fields) : undefined;
  if (has(6)) values.cellId = fields.hex();
  if (has(7)) values.mcc = fields.number();
  if (has(8)) values.mnc = fields.number();
  if (has(9)) values.lac = fields.hex();
  if (has(10)) values.signal = fields.number();
  if (has(11) && has(12)) place(values, fields.number(), fields.number());
  if (type === 'BLE') {
    bluetooth(values, fields);
    return when;
  }
  if (has(13)) values.speed = fields.number();
  if (has(14)) values.course = fields.number();
  if (has(15)) values.satellites = fields.number();
  if (has(16)) values.valid = fields.next() === '1';
  if (has(17)) inputs(values, Number.parseInt(fields.next(), 2));
  if (has(18)) values.outputs = Number.parseInt(fields.next(), 2);
  cause(values, type, mask, fields);
  if (has(22)) fields.next(); // reserved
  const assigned = fields.rest();
  if (assigned.some((field) => field !== '')) values.assigned = assigned;
  return when;
}

function inputs(values: Values, bits: number): void {
  values.ignition = bit(bits, 0);
  values.inputs = bits;
}

function cause(values: Values, type: string, mask: number, fields: Fields): void {
  const has = (n: number): boolean => bit(mask, n);
  if (type === 'UEX') {
    serial(values, fields);
    return;
  }
  if (type === 'ALT') {
    if (has(19)) event(values, fields.number(), ALERTS);
    if (has(20)) values.alertModifier = fields.next();
    if (has(21)) values.alertData = fields.next();
    return;
  }
  if (has(19)) values.mode = fields.number();
  if (has(20)) values.reason = fields.number();
  if (has(21)) values.index = fields.number();
}

function bluetooth(values: Values, fields: Fields): void {
  values.valid = true;
  values.tags = Array.from({ length: fields.number() }, () => {
    const rssi = fields.number();
    fields.next(); // lowest
    fields.next(); // highest
    return {
      rssi,
      id: fields.next(),
      samples: fields.number(),
      major: fields.number(),
      minor: fields.number(),
    };
  });
}

export function binaryDate(reader: Reader): Date {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = reader.take(6);
  return dateUTC(2000 + year, month, day, hour, minute, second);
}

/** A sign, then the magnitude. */
function signed(reader: Reader): number {
  const word = reader.u32();
  return (bit(word, 31) ? -(word - 2 ** 31) : word) / 1e6;
}

const LENGTH_AND_ID = 8;

export function binary(bytes: Uint8Array, ctx: Context): Result {
  ctx.state.prefix = '';
  const type = bytes[0] === 0x82 ? 'ALT' : 'STT';
  const values: Values = { deviceId: bcd(bytes, 3, 5), messageType: type };
  const reader = new Reader(bytes, LENGTH_AND_ID);
  const mask = reader.u24();
  const has = (n: number): boolean => bit(mask, n);
  if (has(1)) reader.skip(1); // model
  if (has(2)) values.firmware = [reader.u8(), reader.u8(), reader.u8()].join('.');
  if (has(3) && reader.u8() === 0) values.archive = true;
  const when = has(4) && has(5) ? binaryDate(reader) : undefined;
  if (has(6)) values.cellId = reader.u32();
  if (has(7)) values.mcc = reader.u16();
  if (has(8)) values.mnc = reader.u16();
  if (has(9)) values.lac = reader.u16();
  if (has(10)) values.signal = reader.u8();
  if (has(11) && has(12)) place(values, signed(reader), signed(reader));
  if (has(13)) values.speed = reader.u16() / 100;
  if (has(14)) values.course = reader.u16() / 100;
  if (has(15)) values.satellites = reader.u8();
  if (has(16)) values.valid = reader.u8() > 0;
  if (has(17)) inputs(values, reader.u8());
  if (has(18)) values.outputs = reader.u8();
  binaryCause(values, type, mask, reader);
  return { values, ...(when && { time: when }) };
}

const DRIVER_ALERT = 59;

function binaryCause(values: Values, type: string, mask: number, reader: Reader): void {
  if (bit(mask, 19)) {
    const number = reader.u8();
    if (type === 'ALT') event(values, number, ALERTS);
    else values.mode = number;
  }
  if (bit(mask, 20)) {
    if (type === 'ALT') values.alertModifier = reader.u16();
    else values.reason = reader.u8();
  }
  if (type === 'ALT' && bit(mask, 21) && values.event === DRIVER_ALERT) values.driver = reader.hex(8);
}
