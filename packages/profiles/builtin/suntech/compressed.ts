// Compressed messages.

import { bcd, bit, hex, Reader } from 'fairlead:helpers';
import { place, type Values } from './fields.ts';
import { binaryDate, type Result } from './universal.ts';

export function compressed(bytes: Uint8Array): Result {
  const values: Values = { deviceId: bcd(bytes, 4, 5).slice(0, 9), messageType: 'STT' };
  const reader = new Reader(bytes, 3, bytes.length - 1);
  if (reader.u8() !== 0x10) return { values: { ...values, raw: hex(bytes) } };
  reader.skip(8); // identity, model, firmware
  const when = binaryDate(reader);
  values.lac = reader.u16();
  reader.skip(1); // lower part of the cell
  const decimal = (whole: number, digits: number): number =>
    whole + Number(bcd(reader.take(digits / 2))) / 10 ** digits;
  const latitude = decimal(reader.u8(), 6);
  const longitude = decimal(reader.u8(), 6);
  values.speed = decimal(reader.u16(), 2);
  values.course = decimal(reader.u16(), 2);
  const flags = reader.u8();
  values.valid = bit(flags, 7);
  place(values, latitude * (bit(flags, 6) ? -1 : 1), longitude * (bit(flags, 5) ? -1 : 1));
  values.satellites = flags & 31;
  values.odometer = reader.u32() / 1_000;
  values.voltage = decimal(reader.u8(), 2);
  const io = reader.u8();
  for (const [n, key] of ['ignition', 'input1', 'input2', 'input3', 'output1', 'output2'].entries())
    values[key] = bit(io, n);
  values.event = reader.u8();
  return { values, time: when };
}
