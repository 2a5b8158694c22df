// Engine data of JT/T 808 terminals.

import { type Item, number, text } from './item.ts';
import type { Values } from './message.ts';

export const ENGINE: Record<number, Item> = {
  1: number('odometer', 10),
  2: number('fuelVolume', 10),
  97: number('voltage', 100),
  105: number('batteryVoltage', 100),
  128: number('obdSpeed'),
  129: number('rpm'),
  130: number('voltage', 10),
  131: number('engineLoad'),
  132: number('coolantTemperature', 1, -40),
  133: number('fuelConsumption'),
  137: number('throttle'),
  139: text('vin'),
  140: number('odometer', 10),
  141: number('tripDistance'),
  142: number('fuel'),
  160: (values, item) => {
    values.faultCodes = item.ascii(item.left).split(',');
  },
  204: text('iccid'),
};

export const ENGINE_LONG: Record<number, Item> = {
  2: number('obdSpeed', 10),
  3: number('rpm'),
  4: number('voltage', 1_000),
  5: number('odometer', 10),
  7: number('fuelConsumption', 10),
  8: number('engineLoad', 10),
  9: number('coolantTemperature', 1, -40),
  14: number('throttle', 2.55),
  80: text('vin'),
  256: number('tripDistance', 10),
};

/** `$OBD-RT,voltage,rpm,speed,throttle,load,coolant,consumption,average,trip,odometer,…`: empty where unknown. */
const ENGINE_TEXT = [
  'voltage',
  'rpm',
  'obdSpeed',
  'throttle',
  'engineLoad',
  'coolantTemperature',
  'fuelConsumption',
  undefined,
  'tripDistance',
  'odometer',
];

export function engineText(values: Values, line: string): void {
  for (const [i, value] of line.trim().split(',').slice(1).entries()) {
    const key = ENGINE_TEXT[i];
    if (key !== undefined && value !== '' && Number.isFinite(Number(value))) values[key] = Number(value);
  }
}
