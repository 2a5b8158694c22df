// Records of codec 7.

import { bit, dateUnix, type Reader } from 'fairlead:helpers';
import { operator } from './elements.ts';
import { elements } from './records.ts';
import { alarm, type Element, flag, number, type Result, type Values } from './values.ts';

const YEAR_2007 = 1_167_609_600;

const COMPACT_ELEMENTS: Record<number, Element> = {
  1: number('battery'),
  5: number('uptime'),
  20: number('hdop', 10),
  21: number('vdop', 10),
  22: number('pdop', 10),
  67: number('batteryVoltage', 1_000),
  221: number('button'),
  222: alarm(undefined, 'sos'),
  240: flag('motion'),
};

/** Masks say which parts a record has: bit 0 the position, 1 to 3 the elements of 1, 2 and 4 bytes. */
export function compactRecord(reader: Reader): Result {
  const time = dateUnix((reader.u32() & 0x3fffffff) + YEAR_2007);
  const parts = reader.u8();
  const values: Values = {};
  if (bit(parts, 0)) compactLocation(reader, values);
  for (const [n, size] of [1, 2, 4].entries())
    if (bit(parts, n + 1)) elements(reader, values, size, COMPACT_ELEMENTS, false, false);
  operator(values);
  return { values, time };
}

function compactLocation(reader: Reader, values: Values): void {
  const parts = reader.u8();
  if (bit(parts, 0)) {
    values.latitude = reader.f32();
    values.longitude = reader.f32();
    values.valid = true;
  }
  if (bit(parts, 1)) values.altitude = reader.u16();
  if (bit(parts, 2)) values.course = (reader.u8() * 360) / 256;
  if (bit(parts, 3)) values.speed = reader.u8();
  if (bit(parts, 4)) values.satellites = reader.u8();
  if (bit(parts, 5)) {
    values.lac = reader.u16();
    values.cellId = reader.u16();
  }
  if (bit(parts, 6)) values.signal = reader.u8();
  if (bit(parts, 7)) values.operator = reader.u32();
}
