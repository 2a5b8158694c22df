// Values of the engine, and answers to commands.

import { ascii, dateText, dateUnix, decodeText, Reader } from 'fairlead:helpers';
import type { Result, Values } from './message.ts';

/** By number of the standard (SAE J1979); 0x89 and up are the maker's. Unused bytes hold 55 or aa. */
const PIDS: Record<number, (values: Values, value: Reader) => void> = {
  4: (values, value) => put(values, 'engineLoad', (value.u8() * 100) / 255),
  5: (values, value) => put(values, 'coolantTemperature', value.u8() - 40),
  11: (values, value) => put(values, 'intakePressure', value.u8() * 10),
  12: (values, value) => put(values, 'rpm', value.u16() / 4),
  13: (values, value) => put(values, 'obdSpeed', value.u8()),
  15: (values, value) => put(values, 'intakeTemperature', value.u8() - 40),
  16: (values, value) => put(values, 'airFlow', value.u16() / 100),
  17: (values, value) => put(values, 'throttle', (value.u8() * 100) / 255),
  31: (values, value) => put(values, 'runTime', value.u16()),
  47: (values, value) => put(values, 'fuel', (value.u8() * 100) / 255),
  66: (values, value) => put(values, 'voltage', value.u16() / 1000),
  92: (values, value) => put(values, 'oilTemperature', value.u8() - 40),
  137: (values, value) => put(values, 'fuelConsumption', value.i32()),
  138: (values, value) => put(values, 'odometer', value.i32()),
  139: (values, value) => put(values, 'fuel', value.i32() / 10),
};

function put(values: Values, key: string, value: number): void {
  values[key] = value;
}

export function engine(content: Reader): Result {
  const time = dateUnix(content.u32());
  const values: Values = {};
  const further: Values = {};
  while (content.left > 0) {
    const pid = content.u8();
    const value = content.take(4);
    const known = PIDS[pid];
    if (known) known(values, new Reader(value));
    else further[pid.toString(16).padStart(2, '0')] = new Reader(value).hex(4);
  }
  if (Object.keys(further).length > 0) values.obd = further;
  return { values, time };
}

const PLACE =
  /^Lat:([NS])([\d.]+)\s*,?\s*Lon:([EW])([\d.]+)\s*,?\s*Course:([\d.]+)\s*,?\s*Speed:([\d.]+) ?km\/h\s*,?\s*Date ?Time:([\d-]+) ([\d:]+)/i;

/** Type, number of the server, text: some answers are places, and some devices write the server as text. */
export function answer(content: Reader): Result {
  content.skip(1);
  const server = content.u32();
  const bytes = content.take(content.left);
  const [, ns, latitude, ew, longitude, course, speed, date, clock] = PLACE.exec(ascii(bytes)) ?? [];
  if (date === undefined || clock === undefined) {
    return { values: { server, message: decodeText(bytes, 'utf-8').replace(/\0+$/, '') } };
  }
  const values: Values = {
    server,
    valid: true,
    latitude: degrees(latitude, ns === 'S', 90),
    longitude: degrees(longitude, ew === 'W', 180),
    course: Number(course),
    speed: Number(speed),
  };
  return { values, time: dateText(date.replaceAll('-', ''), clock.replaceAll(':', ''), 'ymd') };
}

function degrees(text: string | undefined, negative: boolean, most: number): number {
  const value = Number(text);
  if (!(value <= most)) throw new RangeError('no such place');
  return (negative ? -value : value) + 0;
}
