// Reports of the series 200 to 900.

import { ALERTS, EMERGENCIES, event, type Fields, motion, time, type Values } from './fields.ts';

/** [Model,] firmware, date, time, [cell,] place, speed, course, satellites, fix, odometer, supply, ports, by type, more. */
export function series2(values: Values, model: string, type: string, fields: Fields): Date {
  if (/^ST(3..|500|600)$/.test(model)) fields.next();
  values.firmware = fields.next();
  const when = time(fields);
  if (model !== 'ST500') {
    values.cellId = fields.hex();
    if (model === 'ST600')
      Object.assign(values, {
        mcc: fields.number(),
        mnc: fields.number(),
        lac: fields.hex(),
        rssi: fields.number(),
      });
  }
  motion(values, fields);
  values.satellites = fields.number();
  values.valid = fields.next() === '1';
  values.odometer = fields.number() / 1_000;
  values.voltage = fields.number();
  ports(values, fields.next());
  byType(values, type, fields);
  more(values, fields.rest());
  return when;
}

/** Ignition, three inputs, two outputs: a digit each. */
function ports(values: Values, digits: string): void {
  if (digits.length < 6) return;
  const keys = ['ignition', 'input1', 'input2', 'input3', 'output1', 'output2'];
  for (const [n, key] of keys.entries()) values[key] = digits[n] === '1';
}

function byType(values: Values, type: string, fields: Fields): void {
  if (type === 'STT') {
    values.status = fields.number();
    values.index = fields.number();
  } else if (type === 'EMG') event(values, fields.number(), EMERGENCIES);
  else if (type === 'ALT') event(values, fields.number(), ALERTS);
  else if (type === 'EVT') values.event = fields.number();
  else serial(values, fields);
}

/** Minutes of the engine, battery, whether it is live; then what the device is set up to append. */
function more(values: Values, fields: string[]): void {
  const [minutes = '', battery = '', live = '', ...extras] = fields;
  if (!/^\d{4,8}$/.test(minutes) || !/^\d+\.\d+$/.test(battery)) {
    if (fields.some((field) => field !== '')) values.extras = fields;
    return;
  }
  values.engineHours = Number(minutes) / 60;
  values.batteryVoltage = Number(battery);
  if (live === '0') values.archive = true;
  const driver = extras.find((field) => /^[\dA-F]{12,16}$/i.test(field) && !/^0+$/.test(field));
  if (driver !== undefined) values.driver = driver;
  if (extras.some((field) => field !== '')) values.extras = extras;
}

/** Bytes that a serial port received, after their number; then their checksum. */
export function serial(values: Values, fields: Fields): void {
  let left = fields.number();
  while (left > 0 && fields.left > 0) {
    const part = fields.next();
    left -= part.length + 1;
    serialPart(values, part.trim());
  }
  if (fields.left > 0) fields.next();
}

function serialPart(values: Values, part: string): void {
  const [, name = '', digits = ''] = /^([tN]_\d|Q_D)=([\dA-F]+)/.exec(part) ?? [];
  if (part.startsWith('CabAVL')) {
    const [, , fuel1, fuel2] = part.split(',');
    if (Number(fuel1) > 0) values.fuel1 = Number(fuel1);
    if (Number(fuel2) > 0) values.fuel2 = Number(fuel2);
  } else if (part.startsWith('GTSL')) values.driver = part.split('|')[4];
  else if (name.startsWith('t')) values[`temperature${Number(name[2]) + 1}`] = Number.parseInt(digits, 16);
  else if (name.startsWith('N')) values[`fuel${Number(name[2]) + 1}`] = Number.parseInt(digits, 16);
  else if (name === '' && part !== '') values.serial = part;
}

export function series4(values: Values, type: string, fields: Fields): Date | undefined {
  values.firmware = fields.next();
  const wide = fields.number() === 41;
  if (wide) fields.next(); // variant
  cells(values, fields);
  values.batteryVoltage = fields.number();
  if (fields.next() === '0') values.archive = true;
  values.index = fields.number();
  values.status = fields.number();
  if (type === 'ALT') event(values, values.status as number, ALERTS);
  if (wide || fields.head.length === 3) fields.next(); // other networks
  if (wide) {
    values.temperature = fields.number();
    values.motion = fields.number() === 2;
  }
  if (fields.head === '') return undefined;
  const when = time(fields);
  motion(values, fields);
  values.satellites = fields.number();
  values.valid = fields.next() === '1';
  return when;
}

function cells(values: Values, fields: Fields): void {
  const list: Values[] = [];
  for (let i = 0; i < 7; i++) {
    const [cellId, mcc, mnc, a, b] = [
      fields.number(),
      fields.number(),
      fields.number(),
      fields.number(),
      fields.number(),
    ];
    fields.next(); // timing advance
    const [rssi, lac] = i === 0 ? [a, b] : [b, a];
    if (cellId > 0) list.push({ mcc, mnc, lac, cellId, rssi });
  }
  if (list[0]) Object.assign(values, list[0], { cells: list });
}

/** [Firmware,] date, time, [cell,] place, speed, course, fix, more. */
export function series9(values: Values, type: string, fields: Fields): Date {
  if (type === 'Emergency' || type === 'Alert') values.alarm = 'general';
  if (!/^20\d{6}$/.test(fields.head)) values.firmware = fields.next();
  const when = time(fields);
  if (!/^[+-]/.test(fields.head)) values.cellId = fields.hex();
  motion(values, fields);
  values.valid = fields.next() === '1';
  if (fields.left > 0) values.extras = fields.rest();
  return when;
}
