// A JT/T 808 position with its items.

import { bit, Reader, u8, u16, u32 } from 'fairlead:helpers';
import { items } from './item.ts';
import { ITEMS } from './items.ts';
import type { Result, Values } from './message.ts';
import { ALARMS, addAlarm, date, motion, place } from './position.ts';

export function location(reader: Reader, zone: number): Result {
  const values: Values = {};
  const alarms = reader.u32();
  values.alarmBits = alarms;
  for (let n = 0; n < 32; n++) if (bit(alarms, n)) addAlarm(values, ALARMS[n]);
  place(reader, values);
  motion(reader, values);
  const time = date(reader, zone);
  if (reader.left === 18) padlock(reader.take(18), values);
  else items(reader, values, ITEMS);
  return { values, ...(time && { time }) };
}

/** Padlocks append fixed fields of 18 bytes in place of items. */
function padlock(fields: Uint8Array, values: Values): void {
  if (ITEMS[u8(fields)] && u8(fields, 1) <= 16) {
    items(new Reader(fields), values, ITEMS);
    return;
  }
  values.odometer = u32(fields, 4);
  values.batteryVoltage = u16(fields, 8) / 10;
  values.signal = u8(fields, 14);
}
