// Packets, and what reports of all versions have in common.

import { be, bit, concat, type Reader } from 'fairlead:helpers';

export interface Context {
  time: number;
  state: { serial?: number };
}
export type Values = Record<string, unknown>;
export interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  /** The command that it answers, by the number that it repeats. */
  answers?: string;
}

export const LOGIN = 0x01;
export const GPS = 0x02;
export const HEARTBEAT = 0x03;
export const ALARM = 0x04;
export const STATE = 0x05;
export const SMS = 0x06;
export const OBD = 0x07;
export const NORMAL = 0x12;
export const WARNING = 0x14;
export const REPORT = 0x15;
export const COMMAND = 0x80;
export const DATA = 0x81;

export function packet(type: number, serial: Uint8Array, content: Uint8Array): Uint8Array {
  return concat(0x67, 0x67, type, be(2 + content.length, 2), serial, content);
}

export function imei(content: Reader): string {
  const digits = content.hex(8).slice(1);
  if (!/^\d{15}$/.test(digits)) throw new Error('the IMEI is not 15 digits');
  return digits;
}

export function mac(content: Reader): string {
  return content.hex(6).replace(/(..)(?!$)/g, '$1:');
}

/** Pairs of bits: whether the device knows, and what. Bit 6 changed its sense between the versions. */
export function status(bits: number, second: boolean): Values {
  const values: Values = { status: bits };
  if (bit(bits, 1)) values.ignition = bit(bits, 2);
  if (bit(bits, 3)) values.armed = bit(bits, 4);
  if (bit(bits, 5)) values.blocked = bit(bits, 6) === second;
  if (bit(bits, 7)) values.charging = bit(bits, 8);
  if (!second) return values;
  if (bit(bits, 3)) values.motion = bit(bits, 9);
  return { ...values, valid: bit(bits, 0), gps: bit(bits, 10) };
}

const ALARMS: Record<number, string> = {
  1: 'powerOff',
  2: 'sos',
  3: 'lowBattery',
  4: 'vibration',
  8: 'antennaCut',
  9: 'antennaCut',
  37: 'removing',
  129: 'lowSpeed',
  130: 'overspeed',
  131: 'geofenceEnter',
  132: 'geofenceExit',
  133: 'accident',
  134: 'fall',
};

export function alarm(values: Values, code: number): void {
  values.alarmCode = code;
  values.alarm = ALARMS[code] ?? 'general';
}
