// Messages without a position.

import { dateText, fromHex, u8, u16le } from 'fairlead:helpers';
import { type Message, setCells, type Values } from './message.ts';
import { alarm } from './positions.ts';

/** Country, network, area, cell, number of access points, access points, ddmmyy, hhmmss. */
export function network({ type, content }: Message): { values: Values; time?: Date } {
  const [mcc, mnc, lac, cellId, count, ...rest] = content.split(',');
  const points = rest.slice(0, Number(count));
  const [date, clock] = rest.slice(points.length);
  if (date === undefined || clock === undefined)
    throw new Error('the message announces more access points than it has');
  const values: Values = { valid: false };
  setCells(values, [{ mcc: Number(mcc), mnc: Number(mnc), lac: Number(lac), cellId: Number(cellId) }]);
  if (points.length > 0)
    values.wifi = points.map((point) => {
      const [mac, rssi, channel] = point.split('*');
      return { mac, rssi: Number(rssi), channel: Number(channel) };
    });
  alarm(values, type, '');
  return { values, time: dateText(date, clock.slice(0, 6), 'dmy') };
}

/** {country,network,area,cell} on lines of their own, then the odometer in hex. */
export function cellList({ content }: Message): { values: Values } {
  const cells = [...content.matchAll(/\{(\d+),(\d+),(\d+),(\d+)[^{}]*\}/g)].map(
    ([, mcc, mnc, lac, cellId]) => ({
      mcc: Number(mcc),
      mnc: Number(mnc),
      lac: Number(lac),
      cellId: Number(cellId),
    }),
  );
  const values: Values = {};
  setCells(values, cells);
  const odometer = /,([\da-f]{8})$/i.exec(content)?.[1];
  if (odometer !== undefined) values.odometer = Number.parseInt(odometer, 16) / 1_000;
  return { values };
}

/** Country, network, pairs of area and cell in hex, odometer in hex. */
function cellPairs({ content }: Message): { values: Values } {
  const [mcc, mnc, ...fields] = content.split(',');
  const values: Values = {};
  const cells: Values[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2)
    cells.push({
      mcc: Number(mcc),
      mnc: Number(mnc),
      lac: Number.parseInt(fields[i] as string, 16),
      cellId: Number.parseInt(fields[i + 1] as string, 16),
    });
  setCells(values, cells);
  if (fields.length % 2 === 1) values.odometer = Number.parseInt(fields.at(-1) as string, 16) / 1_000;
  return { values };
}

const BATTERY_PERCENT = [0, 0, 10, 20, 50, 80, 100];

/** ddmmyy, hhmmss, step, battery in 10 mV, supply in 100 mV, installed; 255 and 65535 are unknown. */
function battery({ content }: Message): { values: Values; time: Date } {
  const [date = '', clock = '', step, battery, supply] = content.split(',');
  const values: Values = {};
  if (step !== '255') {
    values.batteryStep = Number(step);
    values.battery = BATTERY_PERCENT[Number(step)];
  }
  if (battery !== '65535') values.batteryVoltage = Number(battery) / 100;
  if (supply !== '65535') values.voltage = Number(supply) / 10;
  return { values, time: dateText(date, clock, 'dmy') };
}

/** ddmmyy, hhmmss, $text$. */
function message({ content }: Message): { values: Values; time: Date } {
  const [, date = '', clock = '', text = ''] = /^(\d{6}),(\d{6}),\$?([^$]*)/.exec(content) ?? [];
  return { values: { message: text }, time: dateText(date, clock, 'dmy') };
}

/** Battery pack: a header of 3 bytes, then fields, little-endian. */
function pack({ content }: Message): { values: Values } {
  const bytes = fromHex(content);
  const count = Math.min(u8(bytes, 3), 24);
  const sensors = Math.min(u8(bytes, 71), 7);
  return {
    values: {
      cellVoltages: Array.from({ length: count }, (_, i) => u16le(bytes, 4 + 2 * i) / 1_000),
      charging: u8(bytes, 52) === 0,
      current: u16le(bytes, 53) / 10,
      batteryVoltage: u16le(bytes, 55) / 100,
      battery: u8(bytes, 57),
      cycles: u16le(bytes, 63),
      temperature: u8(bytes, 72) - 40,
      cellTemperatures: Array.from({ length: sensors }, (_, i) => u8(bytes, 74 + i) - 40),
    },
  };
}

/** Battery pack, messages of the CAN bus: number:content, both in hex. */
function packMessages({ content }: Message): { values: Values } {
  const values: Values = {};
  for (const pair of content.split(',')) {
    const [number = '', data = ''] = pair.split(':');
    const bytes = fromHex(data);
    if (number === '90') {
      values.batteryVoltage = u16le(bytes, 0) / 10;
      values.current = (u16le(bytes, 4) - 30_000) / 10;
      values.battery = u16le(bytes, 6) / 10;
    } else if (number === '92') {
      values.temperature = u8(bytes, 0) - 40;
    } else if (number === '96') {
      values.cellTemperatures = [...bytes.subarray(1)].map((byte) => byte - 40);
    }
  }
  return { values };
}

export const DECODERS: Record<string, (message: Message) => { values: Values; time?: Date }> = {
  BZ00: cellPairs,
  ZC20: battery,
  ZC03: message,
  BV00: ({ content }) => ({ values: { vin: content } }),
  BS50: pack,
  BS51: packMessages,
};
