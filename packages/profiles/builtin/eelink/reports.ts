// Reports of positions, alarms and states, of both versions.

import { bit, dateUnix, type Reader } from 'fairlead:helpers';
import {
  ALARM,
  alarm,
  GPS,
  mac,
  NORMAL,
  REPORT,
  type Result,
  STATE,
  status,
  type Values,
  WARNING,
} from './message.ts';

/** Version 1: position and cell, then what the type adds. */
export function first(type: number, content: Reader): Result {
  const time = dateUnix(content.u32());
  const values: Values = place(content);
  values.speed = content.u8();
  values.course = content.u16();
  Object.assign(values, {
    mcc: content.u16(),
    mnc: content.u16(),
    lac: content.u16(),
    cellId: content.u24(),
  });
  values.valid = bit(content.u8(), 0);
  if (type === ALARM) alarm(values, content.u8());
  else if (type === STATE) state(values, content);
  else if (type === GPS) power(values, content);
  else if (content.left > 0) values.raw = content.hex(content.left);
  return { values, time };
}

function state(values: Values, content: Reader): void {
  const event = content.u8();
  values.event = event;
  if (event < 1 || event > 3) return;
  const clock = content.left >= 4 && dateUnix(content.u32());
  if (clock) values.deviceTime = clock.toISOString();
  if (content.left >= 2) Object.assign(values, status(content.u16(), false));
}

function power(values: Values, content: Reader): void {
  if (content.left >= 2) Object.assign(values, status(content.u16(), false));
  if (content.left < 8) return;
  values.batteryVoltage = content.u16() / 1000;
  values.signal = content.u16();
  values.adc1 = content.u16() / 1000;
  values.adc2 = content.u16() / 1000;
}

/** Version 2: time, what is there, position, cells, access points; then what the type adds. */
export function second(type: number, content: Reader): Result {
  const time = dateUnix(content.u32());
  const flags = content.u8();
  const values: Values = {};
  if (bit(flags, 0)) {
    Object.assign(values, place(content));
    values.altitude = content.i16();
    values.speed = content.u16();
    values.course = content.u16();
    values.satellites = content.u8();
  }
  surroundings(values, flags, content);
  if (type === WARNING) alarm(values, content.u8());
  if (type === REPORT) values.report = content.u8();
  if (type === NORMAL || type === WARNING || type === REPORT) {
    const { valid, ...rest } = status(content.u16(), true);
    Object.assign(values, rest, bit(flags, 0) && { valid });
  } else values.raw = content.hex(content.left);
  if (type === NORMAL) extras(values, content);
  return { values, time };
}

function place(content: Reader): Values {
  const latitude = content.i32() / 1_800_000;
  const longitude = content.i32() / 1_800_000;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) throw new RangeError('no such place');
  return { latitude, longitude };
}

function surroundings(values: Values, flags: number, content: Reader): void {
  const cells: Values[] = [];
  const cell = () => ({ lac: content.u16(), cellId: content.u32(), level: content.u8() });
  const network = bit(flags, 1) ? { mcc: content.u16(), mnc: content.u16() } : undefined;
  for (const n of [1, 2, 3]) if (bit(flags, n)) cells.push({ ...network, ...cell() });
  const points: Values[] = [];
  for (const n of [4, 5, 6]) if (bit(flags, n)) points.push({ mac: mac(content), level: content.u8() });
  if (bit(flags, 7)) cells.push(...longTerm(content));
  if (cells[0]) {
    const { mcc, mnc, lac, cellId } = cells[0];
    Object.assign(values, { mcc, mnc, lac, cellId, cells });
  }
  if (points.length > 0) values.wifi = points;
}

/** Cells of LTE: the serving one, then physical numbers, channels and levels. */
function longTerm(content: Reader): Values[] {
  content.skip(1); // radio
  const count = content.u8();
  if (count === 0) return [];
  const network = { mcc: content.u16(), mnc: content.u16(), lac: content.u16() };
  const serving = { ...network, tac: content.u16(), cellId: content.u32(), advance: content.u16() };
  const near = Array.from({ length: count }, () => ({
    physicalId: content.u16(),
    channel: content.u16(),
    level: content.u8(),
  }));
  return [{ ...serving, ...near[0] }, ...near.slice(1).map((one) => ({ ...network, ...one }))];
}

/** Each group only where the message still holds it. */
function extras(values: Values, content: Reader): void {
  const group = (size: number, read: () => void) => content.left >= size && read();
  group(2, () => {
    values.batteryVoltage = content.u16() / 1000;
  });
  group(4, () => Object.assign(values, { adc0: content.u16() / 1000, adc1: content.u16() / 1000 }));
  group(4, () => {
    values.odometer = content.u32() / 1000;
  });
  group(4, () => Object.assign(values, { gsmCount: content.u16(), gpsCount: content.u16() }));
  group(4, () => Object.assign(values, { steps: content.u16(), walking: content.u16() }));
  group(12, () => environment(values, content));
  group(2, () => {
    values.temperature2 = content.i16() / 16;
  });
  group(2, () => {
    const count = content.u8();
    content.skip(1); // number of the list
    if (count > 0) values.tags = Array.from({ length: count }, () => tag(content));
  });
}

function environment(values: Values, content: Reader): void {
  values.temperature1 = content.i16() / 256;
  values.humidity = content.u16() / 10;
  values.illuminance = content.u32() / 256;
  values.co2 = content.u32();
}

function tag(content: Reader): Values {
  const values: Values = { mac: mac(content), level: content.u8() };
  content.skip(1);
  values.model = content.u8();
  values.version = content.u8();
  values.battery = content.u16() / 1000;
  values.temperature = content.i16() / 256;
  values.data = content.u16();
  return values;
}
