// Reports and events.

import { BitReader, dateUnix, dateUTC, hex, type Reader, u8 } from 'fairlead:helpers';
import { imei } from './identity.ts';

export type Values = Record<string, unknown>;
export interface Result {
  values?: Values;
  time?: Date;
}

export function unknown(bytes: Uint8Array): Result {
  return { values: { raw: hex(bytes.subarray(4, bytes.length - 4)) } };
}

export function date(reader: Reader): Date | undefined {
  const year = reader.u16();
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = reader.take(5);
  return year === 0 ? undefined : dateUTC(year, month, day, hour, minute, second);
}

/** Type, mask, length, model, protocol, firmware, identity, battery in percent, supply in mV. */
function header(reader: Reader): { type: number; values: Values } {
  const type = reader.u8();
  reader.skip(6); // mask, length
  const values: Values = versions(reader);
  const unit = imei(reader.take(8));
  if (unit !== undefined) values.imei = unit;
  values.battery = reader.u8();
  values.voltage = reader.u16() / 1_000;
  return { type, values };
}

export function versions(reader: Reader): Values {
  const deviceType = reader.u8();
  const protocolVersion = `${reader.u8()}.${reader.u8()}`;
  return { deviceType, protocolVersion, firmware: String(reader.u16()) };
}

function state(reader: Reader, values: Values): void {
  values.motionState = reader.hex(1);
  values.satellites = reader.u8();
}

/** Accuracy (0: last known), speed, course, altitude, place, time, cell. */
function place(reader: Reader, values: Values): Result {
  const accuracy = reader.u8();
  const here: Values = { ...values, valid: accuracy > 0, hdop: accuracy };
  here.speed = reader.u24() / 10;
  here.course = reader.u16();
  here.altitude = reader.i16();
  here.longitude = reader.i32() / 1e6;
  here.latitude = reader.i32() / 1e6;
  if (Math.abs(here.latitude as number) > 90 || Math.abs(here.longitude as number) > 180)
    throw new RangeError('no such place');
  const time = date(reader);
  Object.assign(here, { mcc: reader.u16(), mnc: reader.u16(), lac: reader.u16(), cellId: reader.u16() });
  reader.skip(1);
  return { values: here, ...(time && { time }) };
}

const CALLED = 3;
const GEOFENCE = 8;
const COMPRESSED = 100;

export function report(reader: Reader): Result[] {
  const { type, values } = header(reader);
  if (type === GEOFENCE) reader.skip(2);
  state(reader, values);
  if (type === COMPRESSED) return track(reader, values);
  reader.skip(1); // number of the report
  if (type === CALLED) skipPhone(reader);
  return Array.from({ length: reader.u8() }, () => place(reader, values));
}

/** A number in BCD, which a digit f ends. */
function skipPhone(reader: Reader): void {
  reader.skip(1);
  for (let byte = reader.u8(); (byte & 15) !== 15 && byte >> 4 !== 15; ) byte = reader.u8();
}

/** A point each second: whole, or the difference to the point before, or one byte where there is none. */
function track(reader: Reader, values: Values): Result[] {
  const results: Result[] = [];
  const at = { speed: 0, course: 0, longitude: 0, latitude: 0 };
  let time = 0;
  for (let count = reader.u16(); count > 0; count--) {
    if (time > 0) time++;
    const first = reader.take(1);
    const kind = u8(first) >> 6;
    if (kind === 1) {
      const packed = new BitReader(Uint8Array.of(u8(first), ...reader.take(2)));
      packed.skip(3); // kind, way of the fix
      at.speed = packed.bits(12);
      at.course = packed.bits(9);
      at.longitude = reader.i32();
      at.latitude = reader.i32();
      if (time === 0) time = reader.u32();
    } else if (kind === 2) {
      const packed = new BitReader(Uint8Array.of(u8(first), ...reader.take(4)));
      packed.skip(3);
      at.speed += packed.signed(7);
      at.course += packed.signed(7);
      at.longitude += packed.signed(12);
      at.latitude += packed.signed(11);
    } else continue;
    results.push({
      values: {
        ...(results.length === 0 && values),
        valid: true,
        speed: at.speed / 10,
        course: at.course,
        longitude: at.longitude / 1e6,
        latitude: at.latitude / 1e6,
      },
      time: dateUnix(time),
    });
  }
  return results;
}

/** Bytes that belong to an event, and what it means. */
const EVENTS: Record<number, [size: number, meaning: Values]> = {
  6: [2, { alarm: 'lowBattery' }],
  15: [3, {}],
  17: [4, { alarm: 'idle' }],
  21: [5, {}],
  23: [1, { alarm: 'accident' }],
  26: [12, { alarm: 'geofence' }],
  31: [2, { alarm: 'jamming' }],
  33: [1, { alarm: 'jamming' }],
  34: [3, {}],
  35: [1, {}],
  45: [7, { ignition: true }],
  46: [7, { ignition: false }],
};

export function event(reader: Reader): Result[] {
  const { type, values } = header(reader);
  state(reader, values);
  const [size, meaning] = EVENTS[type] ?? [0, {}];
  reader.skip(size);
  Object.assign(values, meaning, { event: type });
  return Array.from({ length: reader.u8() }, () => place(reader, values));
}
