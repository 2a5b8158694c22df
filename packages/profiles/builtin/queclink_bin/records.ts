// Packets of later devices: records of data with a number and a length.

import { bit, bits, dateUnix, Reader } from 'fairlead:helpers';
import { identity } from './identity.ts';
import type { Result, Values } from './reports.ts';

/** One byte, or two where the top bit is set. */
function short(reader: Reader): number {
  const first = reader.u8();
  return bit(first, 7) ? ((first & 0x7f) << 8) | reader.u8() : first;
}

const POSITION = 0x52;

export function packets(bytes: Uint8Array): Result[] {
  const reader = new Reader(bytes, 4, bytes.length - 4);
  if (bit(reader.u8(), 7)) reader.skip(2); // one of several
  const deviceId = identity(bytes);
  reader.skip(8);
  const values: Values = {
    deviceId,
    deviceType: reader.u16(),
    protocolVersion: `${reader.u8()}.${reader.u8()}`,
  };
  reader.skip(1);
  reader.skip(reader.u8());
  const results: Result[] = [];
  while (reader.left > 0) {
    const before = reader.left;
    const size = short(reader);
    results.push(...record(new Reader(reader.take(size - (before - reader.left))), values));
  }
  return results;
}

function record(reader: Reader, head: Values): Result[] {
  const generatedTime = dateUnix(reader.u32()).toISOString();
  const values: Values = {
    ...head,
    generatedTime,
    index: reader.u16(),
    messageType: `record ${reader.u8()}`,
  };
  values.event = reader.u8();
  let time: Date | undefined;
  while (reader.left > 0) {
    const number = short(reader);
    const part = new Reader(reader.take(short(reader)));
    if (number === POSITION) time = position(part, values);
    else values.raw = `${values.raw ?? ''}${number.toString(16)}:${part.hex(part.left)} `;
  }
  return [{ values, ...(time && { time }) }];
}

function position(part: Reader, values: Values): Date {
  values.valid = bits(part.u8(), 2, 2) === 2;
  values.longitude = part.i32() / 1e6;
  values.latitude = part.i32() / 1e6;
  const time = dateUnix(part.u32());
  values.speed = part.u16() / 10;
  values.hdop = part.u8() / 10;
  values.course = part.u16();
  values.altitude = part.i24() / 10;
  values.satellites = part.u8();
  return time;
}
