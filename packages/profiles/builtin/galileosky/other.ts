// Compressed records, photographs and packets by satellite.

import { BitReader, bit, concat, dateUnix, dateUTC, Reader, u8 } from 'fairlead:helpers';
import { type Entry, read, type Values } from './tags.ts';

export interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  /** The command that it answers, by its number. */
  answers?: string;
}

export function photo(body: Reader, check: Uint8Array): Result {
  const part = body.u8();
  const values: Values = { event: 'photo', part, size: body.left };
  return { values, reply: concat(7, check) };
}

/** Records with a minimum of data: seconds of the year, validity, place, alarm; then a list of tags and their contents. */
export function compressed(body: Reader, now: number): Result[] {
  const results: Result[] = [];
  while (body.left > 0) {
    const values: Values = {};
    const time = minimum(values, body.take(10), now);
    const tags = [...body.take(body.u8() & 0x7f)];
    const entry: Entry = { values, time };
    for (const tag of tags) read(entry, tag, body);
    results.push({ values, time: entry.time ?? time });
  }
  return results;
}

const DAY = 86_400_000;

function minimum(values: Values, packed: Uint8Array, now: number): Date {
  const reader = new BitReader(packed);
  reader.skip(1);
  const seconds = reader.bits(25);
  values.valid = !reader.flag();
  values.longitude = (360 * reader.bits(22)) / 2 ** 22 - 180;
  values.latitude = (180 * reader.bits(21)) / 2 ** 21 - 90;
  if (reader.flag()) values.alarm = 'general';
  // The year is not sent: it is the last one in which the time is not in the future.
  const year = new Date(now).getUTCFullYear();
  const time = dateUTC(year, 1, 1).getTime() + seconds * 1_000;
  return new Date(time > now + DAY ? dateUTC(year - 1, 1, 1).getTime() + seconds * 1_000 : time);
}

/** Headers of the gateway: identity and time, coarse place, then the tags. Numbers of the headers are big-endian. */
export function satellite(bytes: Uint8Array): Result {
  const reader = new Reader(bytes, 6);
  const index = reader.u32();
  const entry: Entry = { values: { deviceId: reader.ascii(15), index } };
  reader.skip(5); // state of the session, reserved
  entry.time = dateUnix(reader.u32());
  let data: Uint8Array | undefined;
  while (reader.left >= 3) {
    const kind = reader.u8();
    const content = reader.take(reader.u16());
    if (kind === 3) coarse(entry.values, new Reader(content));
    else if (kind === 2) data = content;
  }
  const tags = new Reader(data ?? new Uint8Array(0));
  while (tags.left > 0) read(entry, tags.u8(), tags);
  const { values, time } = entry;
  return { values, ...(time && { time }) };
}

function coarse(values: Values, part: Reader): void {
  const flags = u8(part.take(1));
  const latitude = part.u8() + part.u16() / 60_000;
  const longitude = part.u8() + part.u16() / 60_000;
  values.latitude = latitude * (bit(flags, 1) ? -1 : 1);
  values.longitude = longitude * (bit(flags, 0) ? -1 : 1);
  values.accuracy = part.u32() * 1_000;
}
