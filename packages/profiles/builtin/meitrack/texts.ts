// Reports as text.

import { ascii, dateText } from 'fairlead:helpers';
import { type Context, type Message, place, type Result, setEvent, type Values } from './message.ts';

/** Volts of a step: battery and supply. */
const SCALES: Record<string, [battery: number, supply: number]> = {
  MVT340: [6 / 1024, 48 / 1024],
  MVT380: [6 / 1024, 48 / 1024],
  MT90: [6.6 / 4096, 1],
  MT90G: [6 / 4096, 1],
  T1: [6.6 / 4096, 52.8 / 4096],
  T3: [6.6 / 4096, 52.8 / 4096],
  MVT100: [6.6 / 4096, 52.8 / 4096],
  MVT600: [6.6 / 4096, 52.8 / 4096],
  MVT800: [6.6 / 4096, 52.8 / 4096],
  TC68: [6.6 / 4096, 52.8 / 4096],
  TC68S: [6.6 / 4096, 52.8 / 4096],
};

/**
 * Event, latitude, longitude, yymmddhhmmss, A, satellites, signal, speed, course, hdop, altitude, odometer, runtime,
 * mcc|mnc|area|cell, inputs and outputs, voltages[, event data, reserved, protocol, fuel, temperatures, count, data].
 */
export function report({ content, command }: Message, ctx: Context): Result[] {
  let fields = ascii(content).replace(/\*$/, '').split(',');
  if (/^\d+$/.test(fields[0] ?? '') && /^\d+$/.test(fields[1] ?? '')) fields = fields.slice(1); // packets that wait
  const [event, latitude, longitude, stamp = '', validity, satellites, signal, speed, course, hdop, ...rest] =
    fields;
  if (!/^\d{12}$/.test(stamp) || !/^-?\d+\.\d+$/.test(latitude ?? ''))
    return [
      {
        values: {
          raw: ascii(content).replace(/\*$/, ''),
          ...(command === 'D82' && { message: fields.join(',') }),
        },
      },
    ];
  const values: Values = { valid: validity === 'A' };
  setEvent(values, Number(event));
  place(values, Number(latitude), Number(longitude));
  Object.assign(values, { satellites: Number(satellites), signal: Number(signal), speed: Number(speed) });
  Object.assign(values, { course: Number(course), hdop: Number(hdop) });
  states(values, rest, ctx.parameters.model.toUpperCase());
  more(values, rest.slice(6));
  return [{ values, time: dateText(stamp.slice(0, 6), stamp.slice(6)) }];
}

function states(values: Values, fields: string[], model: string): void {
  const [altitude, odometer, runtime, network = '', ports = '', voltages = ''] = fields;
  values.altitude = Number(altitude);
  values.odometer = Number(odometer) / 1_000;
  values.runtime = Number(runtime);
  const [mcc, mnc, lac, cellId] = network.split('|');
  if (Number(mcc) > 0) {
    Object.assign(values, { mcc: Number(mcc), mnc: Number(mnc) });
    Object.assign(values, {
      lac: Number.parseInt(lac || '0', 16),
      cellId: Number.parseInt(cellId || '0', 16),
    });
  }
  values.inputs = Number.parseInt(ports.slice(0, 2), 16);
  values.outputs = Number.parseInt(ports.slice(2), 16);
  const parts = voltages.split('|');
  if (voltages.includes('.')) {
    Object.assign(values, { batteryVoltage: Number(parts[0]), voltage: Number(parts[1]) });
    return;
  }
  const [adc1, adc2, adc3, battery, supply] = parts.map((part) => Number.parseInt(part || '0', 16));
  const [batteryScale, supplyScale] = SCALES[model] ?? [0.01, 0.01];
  Object.assign(values, { adc1, adc2, adc3 });
  values.batteryVoltage = (battery ?? 0) * batteryScale;
  values.voltage = (supply ?? 0) * supplyScale;
}

function more(values: Values, fields: string[]): void {
  const [data, , protocol, fuel = '', temperatures = '', , ...list] = fields;
  if (data && values.event === 37) values.driver = data;
  else if (data) values.eventData = data;
  if (/^[\da-f]{4}$/i.test(fuel))
    values.fuel = Number.parseInt(fuel.slice(0, 2), 16) + Number.parseInt(fuel.slice(2), 16) / 100;
  for (const [, index = '', digits = ''] of temperatures.matchAll(/([\da-f]{2})([\da-f]{4})/gi)) {
    const value = (Number.parseInt(digits, 16) << 16) >> 16;
    const whole = (Number.parseInt(digits.slice(0, 2), 16) << 24) >> 24;
    const part = (Number.parseInt(digits.slice(2), 16) / 100) * (whole < 0 ? -1 : 1);
    values[`temperature${Number.parseInt(index, 16)}`] = Number(protocol) >= 3 ? value / 100 : whole + part;
  }
  if (list[1]) values.tempData = list[1];
  if (list[5]) taximeter(values, list[5]);
}

function taximeter(values: Values, text: string): void {
  const [state = '', start, end, distance, fare, trip, wait] = text.split('|');
  values.taximeter = {
    on: state[1] === '0',
    start,
    end,
    distance: Number(distance),
    fare: Number(fare),
    trip,
    wait,
  };
}
