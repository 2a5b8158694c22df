// Lists of cells and access points, the vehicle bus and accessories.

import { ascii, bit, fromHex } from 'fairlead:helpers';
import { cellOf, isCell, tailOf } from './places.ts';
import { set, type Values } from './report.ts';

function setCells(values: Values, cells: Values[]): void {
  if (!cells[0]) return;
  const { level: _, ...serving } = cells[0];
  Object.assign(values, serving, { cells });
}

/** Cells of mcc, mnc, area, cell, level and one more field. */
export function cellList(values: Values, fields: string[]): void {
  const cells: Values[] = [];
  for (let i = 1; i + 4 < fields.length; ) {
    const group = fields.slice(i, i + 5);
    if (isCell(group)) {
      cells.push(cellOf(group));
      i += 6;
    } else i += 1;
  }
  setCells(values, cells);
}

export function wifiList(values: Values, fields: string[]): void {
  const list: Values[] = [];
  for (const [n, mac] of fields.entries())
    if (/^[\da-f]{12}$/i.test(mac) && /^-\d+$/.test(fields[n + 1] ?? ''))
      list.push({ mac: mac.replace(/(..)(?=.)/g, '$1:').toLowerCase(), rssi: Number(fields[n + 1]) });
  values.wifi = list;
  if (/^\d{1,3}$/.test(fields.at(-1) ?? '')) set(values, 'battery', fields.at(-1));
}

/** Data of a serial port, in hex. */
export function serialData(values: Values, fields: string[]): void {
  const text = ascii(fromHex(fields.at(-1) ?? ''));
  const fuel = /COMB,[^,]*,([\d.]+)/.exec(text)?.[1];
  if (fuel === undefined) values.message = text.trim();
  else values.fuel = Number(fuel);
}

/** [VIN,] name, report, mask, VIN, connected, voltage, supported, speed, .. */
export function engine(values: Values, fields: string[]): void {
  const isVin = (field: string | undefined) => /^[\dA-Z]{17}$/.test(field ?? '');
  const skip = isVin(fields[0]) && /^[01]$/.test(fields[2] ?? '') ? 1 : 0;
  const [vin, , , , rpm, speed, coolant, consumption] = fields.slice(skip + 3);
  if (isVin(vin)) values.vin = vin;
  set(values, 'rpm', rpm);
  set(values, 'obdSpeed', speed);
  set(values, 'coolantTemperature', coolant);
  set(values, 'fuelConsumption', consumption);
}

/** Name, report, bus, mask, then a field for each bit of the mask, lowest first (5 before 4). */
const CAN_FIELDS: [bit: number, key: string | undefined, scale?: number][] = [
  [0, undefined],
  [1, undefined],
  [2, 'odometer', 1_000],
  [3, 'fuelUsed'],
  [5, 'rpm'],
  [4, 'obdSpeed'],
  [6, 'coolantTemperature'],
  [7, 'fuelConsumption'],
  [8, 'fuel'],
  [9, undefined],
  [10, 'throttle'],
  [11, 'engineHours'],
  [12, undefined],
  [13, undefined],
  [14, undefined],
  [15, 'axleWeight'],
];

export function canBus(values: Values, fields: string[]): void {
  const mask = Number.parseInt(fields[3] ?? '', 16);
  if (Number.isNaN(mask)) return;
  let at = 4;
  for (const [n, key, divisor] of CAN_FIELDS) {
    if (!bit(mask, n)) continue;
    const field = fields[at++] ?? '';
    if (n === 0 && field !== '') values.vin = field;
    if (n === 1 && field !== '') values.ignition = Number(field) > 0;
    if (key !== undefined)
      set(values, key, field.replace(/^[A-Z/]+/, ''), n === 2 && !field.startsWith('H') ? divisor : 1);
  }
}

/** Name, mode, state. */
export const switched = (key: string) => (values: Values, fields: string[]) => {
  values[key] = fields[2] === '1';
};

export function driver(values: Values, fields: string[]): void {
  const id = fields.slice(1, 3).find((field) => field !== '');
  if (id !== undefined) values.driver = id;
}

export function fatigue(values: Values, [, warning, degree]: string[]): void {
  if (warning === '1') {
    values.alarm = 'fatigue';
    set(values, 'fatigue', degree);
  } else set(values, 'event', warning);
}

/** Of a mask of 4 digits on: what it announces. */
export function accessory(values: Values, fields: string[]): void {
  const at = fields.findIndex((field, n) => n > 1 && /^[\da-f]{4}$/i.test(field));
  const mask = Number.parseInt(fields[at] ?? '', 16);
  const device: Values = {};
  let next = at + 1;
  for (const [n, key] of [
    [0, 'name'],
    [1, 'mac'],
    [2, 'status'],
    [3, 'voltage'],
    [4, 'temperature'],
    [5, 'humidity'],
  ] as const) {
    if (!bit(mask, n)) continue;
    const field = fields[next++] ?? '';
    if (n < 2) device[key] = field;
    else set(device, key, field, n === 3 ? 1_000 : 1);
  }
  values.accessory = device;
}

/** .., bit error rate, light, battery, mode, moving, temperature. */
export function light(values: Values, fields: string[]): void {
  const tail = tailOf(fields)?.slice(-5);
  set(values, 'lightLevel', tail?.[0]);
  set(values, 'battery', tail?.[1]);
  set(values, 'temperature1', tail?.[4]);
}
