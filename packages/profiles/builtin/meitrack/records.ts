// CCC: records of 52 bytes.

import { Reader } from 'fairlead:helpers';
import { type Message, place, type Result, setEvent, since2000, type Values } from './message.ts';

export function records({ content }: Message): Result[] {
  const reader = new Reader(content);
  reader.skip(8); // protocol, size of a record, records that wait
  const results: Result[] = [];
  while (reader.left >= 52) results.push(record(reader));
  if (reader.left > 0) throw new Error(`${reader.left} bytes behind the last record`);
  return results;
}

function record(reader: Reader): Result {
  const values: Values = {};
  setEvent(values, reader.u8());
  place(values, reader.i32le() / 1e6, reader.i32le() / 1e6);
  const time = since2000(reader.u32le());
  values.valid = reader.u8() === 1;
  values.satellites = reader.u8();
  values.signal = reader.u8();
  values.speed = reader.u16le();
  values.course = reader.u16le();
  values.hdop = reader.u16le() / 10;
  values.altitude = reader.i16le();
  values.odometer = reader.u32le() / 1_000;
  values.runtime = reader.u32le();
  Object.assign(values, {
    mcc: reader.u16le(),
    mnc: reader.u16le(),
    lac: reader.u16le(),
    cellId: reader.u16le(),
  });
  values.status = reader.u16le();
  values.adc1 = reader.u16le();
  values.batteryVoltage = reader.u16le() / 100;
  values.voltage = reader.u16le() / 100;
  reader.skip(4); // geofence
  return { values, time };
}
