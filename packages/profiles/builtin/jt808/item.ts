// The items behind a JT/T 808 position, number, length and content, and what many of them are.

import { be, bit, hex, Reader } from 'fairlead:helpers';
import type { Values } from './message.ts';
import { addAlarm } from './position.ts';

export type Item = (values: Values, item: Reader) => void;

/** Items of number, length and content. */
export function items(reader: Reader, values: Values, table: Record<number, Item>): void {
  while (reader.left >= 2) {
    const number = reader.u8();
    const size = reader.u8();
    const content = reader.take(size);
    const known = table[number];
    if (!known || !fits(known, values, new Reader(content)))
      extra(values, hex(be(number, 1)), new Reader(content));
  }
}

/** Makers use numbers for contents of their own: one that is too short for the usual content is kept as it is. */
function fits(known: Item, values: Values, item: Reader): boolean {
  try {
    known(values, item);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export function extra(values: Values, number: string, item: Reader): void {
  values.extras = { ...(values.extras as Values | undefined), [number]: item.hex(item.left) };
}

const unsigned = (item: Reader): number =>
  item.left === 1 ? item.u8() : item.left === 2 ? item.u16() : item.left >= 4 ? item.u32() : item.u24();

export const number = (key: string, divisor = 1, offset = 0): Item => {
  return (values, item) => {
    if (item.left > 0) values[key] = unsigned(item) / divisor + offset;
  };
};

export const text = (key: string): Item => {
  return (values, item) => {
    if (item.left > 0) values[key] = item.ascii(item.left).replaceAll('\0', '').trim();
  };
};

export function battery(values: Values, item: Reader): void {
  if (item.left !== 1) {
    if (item.left === 2) values.voltage = item.u16() / 10;
    else if (item.left >= 4) values.driver = String(item.u32());
    return;
  }
  const level = item.u8();
  if (level === 0xff) values.charging = true;
  else values.battery = level;
}

/** The top bit is the sign. */
export function signed16(value: number): number {
  return bit(value, 15) ? -(value & 0x7fff) : value;
}

export function analog(values: Values, item: Reader): void {
  values.adc1 = item.u16() / 100;
  values.adc2 = item.u16() / 100;
}

export function accessPoints(values: Values, item: Reader): void {
  const list: Values[] = [];
  while (item.left >= 7) list.push({ mac: hex(item.take(6), ':'), rssi: item.i8() });
  if (list.length > 0) values.wifi = list;
  else if (item.left > 0) extra(values, 'f4', item);
}

export function setCells(values: Values, list: Values[]): void {
  if (!list[0]) return;
  const { level: _, ...serving } = list[0];
  Object.assign(values, serving, { cells: list });
}

export function safety(system: string): Item {
  return (values, item) => {
    if (item.left < 7) return;
    item.skip(5); // number and state of the alarm
    const type = item.u8();
    values.safetyEvent = { system, type, level: item.u8() };
    if (system === 'driving') addAlarm(values, DRIVING_ALARMS[type]);
  };
}

const DRIVING_ALARMS: Record<number, string> = {
  1: 'hardAcceleration',
  2: 'hardBraking',
  3: 'hardCornering',
  22: 'accident',
};
