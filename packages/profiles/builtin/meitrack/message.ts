// A message, and what the reports of all formats have in common.

import { ascii, concat, sum8 } from 'fairlead:helpers';

export interface Context {
  identity?: string;
  parameters: { model: string };
}
export type Values = Record<string, unknown>;
export interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  /** The command that it answers, and why the device does not do it. */
  answers?: string;
  refused?: string;
}
export interface Message {
  flag: string;
  id: string;
  command: string;
  content: Uint8Array;
}

export function parse(bytes: Uint8Array): Message {
  const [head, flag, id, command] =
    /^\$\$(.)\d+,(\d{10,16}),([\dA-F]{3})[,*]/.exec(ascii(bytes.subarray(0, 40))) ?? [];
  if (head === undefined || flag === undefined || id === undefined || command === undefined)
    throw new Error('not a message of Meitrack');
  return { flag, id, command, content: bytes.subarray(head.length, Math.max(head.length, bytes.length - 5)) };
}

export function packet(flag: string, id: string, content: string): Uint8Array {
  const length = String(id.length + content.length + 7).padStart(2, '0');
  const text = `@@${flag}${length},${id},${content}*`;
  return concat(text, sum8(concat(text)).toString(16).toUpperCase().padStart(2, '0'), '\r\n');
}

const ALARMS: Record<number, string> = {
  1: 'sos',
  17: 'lowBattery',
  18: 'lowPower',
  19: 'overspeed',
  20: 'geofenceEnter',
  21: 'geofenceExit',
  22: 'powerRestored',
  23: 'powerCut',
  36: 'tow',
  44: 'jamming',
  78: 'accident',
  90: 'hardCornering',
  91: 'hardCornering',
  129: 'hardBraking',
  130: 'hardAcceleration',
  135: 'fatigue',
};

export function setEvent(values: Values, event: number): void {
  values.event = event;
  if (ALARMS[event] !== undefined) values.alarm = ALARMS[event];
}

export function place(values: Values, latitude: number, longitude: number): void {
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) throw new RangeError('no such place');
  values.latitude = latitude;
  values.longitude = longitude;
}

export const since2000 = (seconds: number): Date => new Date(Date.UTC(2000, 0, 1) + seconds * 1_000);
