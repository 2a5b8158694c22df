// Records of codecs 8, 8 extended and 16.

import type { Reader } from 'fairlead:helpers';
import { ELEMENTS, longElements, operator } from './elements.ts';
import { type Element, other, type Result, unsigned, type Values } from './values.ts';

export const CODEC_8 = 0x08;
export const CODEC_16 = 0x10;
export const CODEC_8_EXTENDED = 0x8e;

export function avlRecord(reader: Reader, codec: number): Result {
  const wideIds = codec !== CODEC_8;
  const wideCounts = codec === CODEC_8_EXTENDED;
  const time = new Date(Number(reader.u64()));
  if (Number.isNaN(time.getTime())) throw new RangeError('the time of a record is impossible');
  const values: Values = { priority: reader.u8() };
  location(reader, values);
  const event = wideIds ? reader.u16() : reader.u8();
  values.event = event;
  if (codec === CODEC_16) values.generation = reader.u8();
  reader.skip(wideCounts ? 2 : 1); // number of all elements
  for (const size of [1, 2, 4, 8]) elements(reader, values, size, ELEMENTS[size]!, wideIds, wideCounts);
  if (wideCounts) longElements(reader, values);
  if (event === 255) values.alarm = 'overspeed';
  operator(values);
  return { values, time };
}

function location(reader: Reader, values: Values): void {
  const longitude = reader.i32() / 1e7;
  const latitude = reader.i32() / 1e7;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) throw new RangeError('no such place');
  values.latitude = latitude;
  values.longitude = longitude;
  values.altitude = reader.i16();
  values.course = reader.u16();
  const satellites = reader.u8();
  values.satellites = satellites;
  values.valid = satellites > 0;
  values.speed = reader.u16();
}

export function elements(
  reader: Reader,
  values: Values,
  size: number,
  table: Record<number, Element>,
  wideIds: boolean,
  wideCounts: boolean,
): void {
  let count = wideCounts ? reader.u16() : reader.u8();
  for (; count > 0; count--) {
    const id = wideIds ? reader.u16() : reader.u8();
    const bytes = reader.take(size);
    const known = table[id];
    if (known) known(values, bytes);
    else other(values, id, unsigned(bytes));
  }
}
