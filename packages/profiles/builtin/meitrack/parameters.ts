// CCE: records of parameters.

import { hex, Reader } from 'fairlead:helpers';
import { type Message, place, type Result, setEvent, since2000, type Values } from './message.ts';

export function parameterRecords({ content }: Message): Result[] {
  const reader = new Reader(content);
  const waiting = reader.u32le();
  const count = reader.u16le();
  const results: Result[] = [];
  for (let i = 0; i < count; i++) {
    const values: Values = { waiting };
    const seconds = parameters(new Reader(reader.take(reader.u16le())), values);
    results.push({ values, ...(seconds !== undefined && { time: since2000(seconds) }) });
  }
  return results;
}

type Parameter = [key: string, divisor?: number];

const BYTES: Record<number, Parameter> = {
  1: ['event'],
  6: ['satellites'],
  7: ['signal'],
  20: ['outputs'],
  21: ['inputs'],
  151: ['throttle'],
  157: ['fuel'],
  65129: ['battery'],
};
const SHORTS: Record<number, Parameter> = {
  8: ['speed'],
  9: ['course'],
  10: ['hdop', 10],
  22: ['adc1', 100],
  23: ['adc2', 100],
  25: ['batteryVoltage', 100],
  26: ['voltage', 100],
  41: ['fuel', 100],
  64: ['event'],
  145: ['obdSpeed'],
  146: ['obdSpeed'],
  152: ['fuelUsed'],
  153: ['rpm'],
  156: ['coolantTemperature'],
  159: ['temperature1'],
  201: ['fuelConsumption'],
};
const WORDS: Record<number, Parameter> = {
  12: ['odometer', 1_000],
  13: ['runtime'],
  155: ['odometer', 1_000],
  160: ['fuelUsed', 1_000],
  162: ['fuelConsumption', 100],
  65268: ['engineHours', 60],
};

/** Parameters of 1, 2 and 4 bytes, then those with a length. The seconds of the record's time. */
function parameters(reader: Reader, values: Values): number | undefined {
  let seconds: number | undefined;
  const place: { latitude?: number; longitude?: number } = {};
  reader.skip(2); // number of the record
  each(reader, (id) => {
    const value = reader.u8();
    if (id === 5) values.valid = value > 0;
    else if (id === 71) values.locked = value === 2;
    else named(values, BYTES, id, value);
  });
  each(reader, (id) => {
    if (id === 11) values.altitude = reader.i16le();
    else named(values, SHORTS, id, reader.u16le());
  });
  each(reader, (id) => {
    if (id === 2) place.latitude = reader.i32le() / 1e6;
    else if (id === 3) place.longitude = reader.i32le() / 1e6;
    else if (id === 4) seconds = reader.u32le();
    else if (id === 37) values.driver = String(reader.u32le());
    else named(values, WORDS, id, reader.u32le());
  });
  each(reader, (id) => longParameter(values, id, new Reader(reader.take(reader.u8()))));
  if (place.latitude !== undefined && place.longitude !== undefined)
    located(values, place.latitude, place.longitude);
  if (typeof values.event === 'number') setEvent(values, values.event);
  return seconds;
}

const located = place;

function each(reader: Reader, read: (id: number) => void): void {
  for (let count = reader.u8(); count > 0; count--) {
    const id = reader.u8();
    read(id === 0xfe ? 0xfe00 + reader.u8() : id);
  }
}

function named(values: Values, table: Record<number, Parameter>, id: number, value: number): void {
  const [key, divisor = 1] = table[id] ?? [];
  if (key !== undefined) values[key] = value / divisor;
  else other(values, id, value);
}

function other(values: Values, id: number, value: unknown): void {
  values.params = { ...(values.params as Values | undefined), [id.toString(16)]: value };
}

function append(values: Values, key: string, item: Values): void {
  values[key] = [...((values[key] as Values[] | undefined) ?? []), item];
}

function longParameter(values: Values, id: number, part: Reader): void {
  if (id >= 0x1d && id <= 0x25 && part.left >= 8)
    append(values, 'wifi', { mac: hex(part.take(6), ':'), rssi: part.i16le() });
  else if (((id >= 0x0e && id <= 0x10) || id === 0x12 || id === 0x13) && part.left >= 12) cell(values, part);
  else if (id >= 0x2a && id <= 0x31 && part.left >= 3) {
    part.skip(1);
    values[`temperature${id - 0x29}`] = part.i16le() / 100;
  } else if (id === 0xfe73) tag(values, part);
  else if (id === 0xfea8 && part.left >= 6) {
    for (const key of ['battery', 'battery2', 'battery3']) {
      const present = part.u8() > 0;
      const level = part.u8();
      if (present) values[key] = level;
    }
  } else other(values, id, part.hex(part.left));
}

function cell(values: Values, part: Reader): void {
  const [mcc, mnc, lac, cellId, rssi] = [
    part.u16le(),
    part.u16le(),
    part.u16le(),
    part.u32le(),
    part.i16le(),
  ];
  if (values.cells === undefined) Object.assign(values, { mcc, mnc, lac, cellId, rssi });
  append(values, 'cells', { mcc, mnc, lac, cellId, rssi });
}

function tag(values: Values, part: Reader): void {
  part.skip(1); // version
  const name = part.ascii(part.u8());
  const mac = hex(part.take(6), ':');
  const battery = part.u8();
  values.tag = { name, mac, battery, temperature: part.i16le() / 256, humidity: part.i16le() / 256 };
}
