// What a JT/T 808 position begins with: alarms, state, place, speed, time.

import { bit, dateBcd, type Reader } from 'fairlead:helpers';
import type { Values } from './message.ts';

export const ALARMS: Record<number, string> = {
  0: 'sos',
  1: 'overspeed',
  2: 'fatigue',
  3: 'danger',
  4: 'fault',
  5: 'antennaCut',
  6: 'antennaShort',
  7: 'lowBattery',
  8: 'powerCut',
  9: 'fault',
  10: 'fault',
  11: 'fault',
  12: 'fault',
  13: 'overspeed',
  14: 'fatigue',
  15: 'vibration',
  16: 'tampering',
  17: 'tampering',
  18: 'drivingTime',
  19: 'parking',
  20: 'geofence',
  21: 'route',
  22: 'routeTime',
  23: 'routeLeft',
  24: 'fault',
  25: 'fuelTheft',
  26: 'theft',
  27: 'blocked',
  28: 'movement',
  29: 'accident',
  30: 'accident',
  31: 'door',
};

export function addAlarm(values: Values, name: string | undefined): void {
  if (name === undefined) return;
  const all = (values.alarms as string[] | undefined) ?? [];
  if (!all.includes(name)) all.push(name);
  values.alarms = all;
  values.alarm ??= name;
}

/** BCD, in the device's zone; a terminal without time sends zeros. */
export function date(reader: Reader, zone: number): Date | undefined {
  const digits = reader.take(6);
  return digits.every((byte) => byte === 0) ? undefined : dateBcd(digits, 0, zone);
}

export function place(reader: Reader, values: Values): void {
  const status = reader.u32();
  values.status = status;
  values.ignition = bit(status, 0);
  values.valid = bit(status, 1);
  values.blocked = bit(status, 10);
  values.charging = bit(status, 26);
  const latitude = reader.u32() / 1e6;
  const longitude = reader.u32() / 1e6;
  if (latitude > 90 || longitude > 180) throw new RangeError('no such place');
  values.latitude = (bit(status, 2) ? -latitude : latitude) + 0;
  values.longitude = (bit(status, 3) ? -longitude : longitude) + 0;
}

export function motion(reader: Reader, values: Values): void {
  values.altitude = reader.i16();
  values.speed = reader.u16() / 10;
  values.course = reader.u16();
}
