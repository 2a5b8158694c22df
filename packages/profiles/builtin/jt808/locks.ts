// JT/T 808 types 5501 and 5502, of padlocks.

import { bcd, bit, dateBcd, fromHex, hex, type Reader } from 'fairlead:helpers';
import { lock } from './groups.ts';
import { type Item, items, number } from './item.ts';
import { one } from './layout.ts';
import type { Values } from './message.ts';
import { addAlarm } from './position.ts';

/** Types 5501 and 5502: coordinates in BCD degrees and minutes, the clock in UTC. */
export const lockLocation = one((values, body, { type }) => {
  const digits = bcd(body.take(6));
  const at = (n: number) => digits.slice(2 * n, 2 * n + 2);
  const reordered = fromHex(at(2) + at(1) + at(0) + digits.slice(6));
  const nine = hex(body.take(9));
  const flags = Number.parseInt(nine[17] ?? '', 16);
  const degrees = (text: string, size: number) =>
    Number(text.slice(0, size)) + Number(text.slice(size)) / 600_000;
  const latitude = degrees(nine.slice(0, 8), 2);
  const longitude = degrees(nine.slice(8, 17), 3);
  if (!(latitude <= 90 && longitude <= 180)) throw new RangeError('no such place');
  values.valid = type !== 0x5502;
  values.latitude = (bit(flags, 1) ? latitude : -latitude) + 0;
  values.longitude = (bit(flags, 2) ? longitude : -longitude) + 0;
  values.speed = Number(bcd(body.take(1))) * 1.852;
  values.course = body.u8() * 2;
  values.signal = body.u8();
  values.satellites = body.u8();
  values.odometer = body.u32();
  const battery = body.u8();
  if (battery <= 100) values.battery = battery;
  else if (battery === 0xaa || battery === 0xab) values.charging = true;
  values.cellId = body.u32();
  values.lac = body.u16();
  lockStatus(values, body);
  items(body, values, LOCK_ITEMS);
  return dateBcd(reordered, 0);
});

function lockStatus(values: Values, body: Reader): void {
  const product = body.u8();
  const status = body.u16();
  const alarms = body.u16();
  values.status = status;
  if (product === 3) values.blocked = bit(status, 5);
  const names = LOCK_ALARMS[product] ?? [];
  for (const [n, name] of names.entries()) if (bit(alarms, n)) addAlarm(values, name);
}

const LOCK_ALARMS: Record<number, (string | undefined)[]> = {
  1: ['lowPower'],
  2: ['lowPower'],
  3: ['overspeed', 'lowPower', 'vibration', 'lowBattery', undefined, 'geofenceEnter', 'geofenceExit'],
};

const LOCK_ITEMS: Record<number, Item> = {
  2: (values, item) => {
    values.altitude = item.i16();
  },
  10: (values, item) => {
    if (item.left === 3) Object.assign(values, { mcc: item.u16(), mnc: item.u8() });
  },
  11: lock,
  12: (values, item) => {
    values.tilt = [item.i16(), item.i16(), item.i16()];
  },
  16: number('wakeSource'),
  252: number('geofence'),
};
