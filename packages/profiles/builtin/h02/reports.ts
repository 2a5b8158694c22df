// What each type of sentence says.

import { dateText } from 'fairlead:helpers';
import {
  coordinate,
  isDate,
  isStatus,
  type Result,
  type Sentence,
  setCells,
  status,
  triples,
  type Values,
} from './sentence.ts';

function place(values: Values, fields: string[]): void {
  const [latitude = '', ns = '', longitude = '', ew = '', speed = '', course = ''] = fields;
  if (latitude === '' || longitude === '') return; // no fix yet
  values.latitude = coordinate(latitude, ns);
  values.longitude = coordinate(longitude, ew);
  if (Math.abs(values.latitude as number) > 90 || Math.abs(values.longitude as number) > 180)
    throw new RangeError('no such place');
  if (speed !== '') values.speed = Number(speed) * 1.852;
  if (course !== '') values.course = Number(course);
}

/** V1, V5, V6, V8, V19, VI1 and the answer V4: time, validity, place, speed, course, [battery,] date, [status, more]. */
export function position({ type, fields }: Sentence): Result {
  const values: Values = {};
  const start = fields.findIndex((field) => /^[NS]$/.test(field)) - 3;
  if (start < 0) return { values: { raw: fields.join(',') } };
  if (type === 'V4') values.message = fields.slice(0, start).join(',');
  const [time = '', validity = ''] = fields.slice(start);
  values.valid = validity === 'A' || /^\d+$/.test(validity);
  place(values, fields.slice(start + 2));
  let next = start + 8;
  if (!isDate(fields[next]) && isDate(fields[next + 1])) values.batteryStep = Number(fields[next++]);
  const date = fields[next] ?? '';
  if (values.valid && values.latitude === undefined) throw new Error('a fix without a place');
  rest(values, fields.slice(next + 1));
  if (!isDate(date)) return { values };
  return { values, time: dateText(date, /^\d{6}$/.test(time) ? time : '000000', 'dmy') };
}

function rest(values: Values, fields: string[]): void {
  const at = fields.findIndex(isStatus);
  if (at >= 0) status(values, Number.parseInt(fields[at] as string, 16));
  const extras = at === 0 ? fields.slice(1) : fields.filter((_, n) => n !== at);
  if (extras.length === 6 && /^\d+\.\d+$/.test(extras[2] ?? '')) {
    sensors(values, extras);
    return;
  }
  const [mcc = '', mnc = ''] = extras;
  if (/^[2-7]\d\d$/.test(mcc) && /^\d{1,3}$/.test(mnc))
    Object.assign(values, { mcc: Number(mcc), mnc: Number(mnc) });
  const iccid = extras.find((field) => /^89\d{16,18}[\dF]?$/i.test(field));
  if (iccid !== undefined) values.iccid = iccid.replace(/F$/i, '');
  if (extras.some((field) => field !== '')) values.extras = extras;
}

/** Odometer in metres, temperature, fuel, altitude, area and cell in hex. */
function sensors(values: Values, fields: string[]): void {
  const [odometer, temperature, fuel, altitude, lac = '', cellId = ''] = fields;
  values.odometer = Number(odometer) / 1_000;
  values.temperature1 = Number(temperature);
  values.fuel = Number(fuel);
  values.altitude = Number(altitude);
  values.lac = Number.parseInt(lac, 16);
  values.cellId = Number.parseInt(cellId, 16);
}

/** Time, country, network, delay, count, cells, date, status, battery. */
function neighbours({ fields }: Sentence): Result {
  const [time, mcc, mnc, , count] = fields;
  const end = 5 + 3 * Number(count);
  const [date = '', word = '', step] = fields.slice(end);
  if (!(Number(count) >= 0) || !isDate(date))
    throw new Error('NBR announces another number of cells than it has');
  const values: Values = {};
  setCells(values, triples(Number(mcc), Number(mnc), fields.slice(5, end)));
  if (isStatus(word)) status(values, Number.parseInt(word, 16));
  if (step) values.batteryStep = Number(step);
  return { values, time: dateText(date, time, 'dmy') };
}

function link({ fields }: Sentence): Result {
  const [time, signal, satellites, battery, steps, turnovers, date = '', word = ''] = fields;
  const values: Values = {
    signal: Number(signal),
    satellites: Number(satellites),
    battery: Number(battery),
    steps: Number(steps),
    turnovers: Number(turnovers),
  };
  if (isStatus(word)) status(values, Number.parseInt(word, 16));
  return { values, time: dateText(date, time, 'dmy') };
}

/** Time, country and network, count, cells by fours, battery, restarts, X, date, status. */
function cellReport({ fields }: Sentence): Result {
  const [time, operator = '', mncOrCount, ...more] = fields;
  const separate = operator.length === 3;
  const mnc = separate ? mncOrCount : operator.slice(3);
  const count = Number(separate ? more.shift() : mncOrCount);
  const list = more.slice(0, 4 * count);
  const [battery = '', , , date = '', word = ''] = more.slice(4 * count);
  if (!isDate(date)) throw new Error('V3 announces another number of cells than it has');
  const cells = Array.from({ length: count }, (_, i) => ({
    mcc: Number(operator.slice(0, 3)),
    mnc: Number(mnc),
    lac: Number(list[4 * i]),
    cellId: Number(list[4 * i + 1]),
    level: Number(list[4 * i + 3]),
  }));
  const values: Values = { batteryRaw: Number.parseInt(battery, 16) };
  setCells(values, cells);
  if (isStatus(word)) status(values, Number.parseInt(word, 16));
  return { values, time: dateText(date, time, 'dmy') };
}

/** A place, or V, country, network and cells that Y separates. */
function pet({ fields }: Sentence): Result {
  const values: Values = {};
  if (fields[0] === 'V') {
    const [, mcc, mnc, ...cells] = fields;
    const list = cells.join(',').replaceAll('Y', ',').split(',');
    setCells(values, triples(Number(mcc), Number(mnc), list));
    return { values };
  }
  values.valid = true;
  place(values, fields.slice(1));
  return { values, time: dateText(fields[7] ?? '', '000000', 'dmy') };
}

export const DECODERS: Record<string, (message: Sentence) => Result> = {
  NBR: neighbours,
  LINK: link,
  V3: cellReport,
  VP1: pet,
  V0: ({ fields }) => ({ values: fields[0] ? { battery: Number(fields[0]) } : {} }),
  HTBT: ({ fields }) => ({ values: fields[0] ? { battery: Number(fields[0]) } : {} }),
  SMS: ({ fields }) => ({ values: { message: fields.join(',') } }),
};
