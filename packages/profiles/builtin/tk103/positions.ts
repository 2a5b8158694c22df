// Messages with a position.

import { bit, dateText, nmeaCoordinate } from 'fairlead:helpers';
import type { Message, Values } from './message.ts';

const POSITION =
  /(\d{6}),?([AV]),? *(\d*\d\d\.\d+)([NS]),? *(\d*\d\d\.\d+)([EW]),?([ \d.]{1,5})(?:\d*,)?(\d{6}),?(.*)$/;
const STATES = /^([ \d.]{6}|\d\d),?([01])([01])([\da-f])([\da-f])([\da-f])([\da-f]{3})L([\da-f]+)(.*)$/i;

export function position(message: Message): { values: Values; time?: Date } {
  const { type, content, commas } = message;
  const found = POSITION.exec(content);
  if (!found) return { values: { raw: content } };
  const [
    ,
    date = '',
    validity,
    latitude = '',
    ns = '',
    longitude = '',
    ew = '',
    speed = '',
    clock = '',
    rest = '',
  ] = found;
  const values: Values = { valid: validity === 'A' };
  values.latitude = nmeaCoordinate(latitude.padStart(7, '0'), ns);
  values.longitude = nmeaCoordinate(longitude.padStart(8, '0'), ew);
  values.speed = Number(speed);
  alarm(values, type, content.slice(0, found.index));
  states(values, rest);
  // A message that names day and year in one run of digits writes the year first.
  const order = commas && content[found.index + 6] === ',' ? 'dmy' : 'ymd';
  try {
    return { values, time: dateText(date, clock, order) };
  } catch {
    values.deviceClock = `${date} ${clock}`;
    return { values };
  }
}

function states(values: Values, rest: string): void {
  const found = STATES.exec(rest);
  if (!found) {
    const course = /^(\d+\.\d+)/.exec(rest)?.[1];
    if (course !== undefined) values.course = Number(course);
    return;
  }
  const [, course, mains, acc, first = '0', second = '0', , fuel = '', odometer = '', more = ''] = found;
  values.course = Number(course);
  values.mainPower = mains === '0';
  values.ignition = acc === '1';
  const inputs = Number.parseInt(first, 16);
  values.input2 = bit(inputs, 0);
  values.sos = bit(inputs, 1);
  values.output2 = bit(inputs, 2);
  values.blocked = bit(inputs, 3);
  values.door = bit(Number.parseInt(second, 16), 3);
  values.fuelRaw = Number.parseInt(fuel, 16);
  values.odometer = Number.parseInt(odometer, 16) / 1_000;
  const temperature = /([+-]\d{3}\.\d)$/.exec(more)?.[1];
  if (temperature !== undefined) values.temperature1 = Number(temperature);
  else if (more !== '') values.extras = more;
}

const BUTTON_ALARMS = ['powerCut', 'accident', 'sos', 'vibration', 'lowSpeed', 'overspeed', 'geofenceExit'];
const DRIVING_ALARMS = ['lowBattery', 'overspeed', 'idle', 'hardAcceleration', 'hardBraking', 'temperature'];

/** The last characters of types ZC, DW3 (with a fix) and DW5 (without one) mean the same. */
const ALARMS: Record<string, string> = {
  ZC11: 'movement',
  DW31: 'movement',
  DW51: 'movement',
  ZC12: 'lowBattery',
  DW32: 'lowBattery',
  DW52: 'lowBattery',
  ZC13: 'powerCut',
  DW33: 'powerCut',
  DW53: 'powerCut',
  ZC17: 'removing',
  DW37: 'removing',
  DW57: 'removing',
  ZC25: 'sos',
  DW3E: 'sos',
  DW5E: 'sos',
  ZC26: 'tampering',
  DW3F: 'tampering',
  DW5F: 'tampering',
  ZC27: 'lowPower',
  DW40: 'lowPower',
  DW60: 'lowPower',
};
const IGNITION_ON = new Set(['ZC15', 'DW35', 'DW55', 'ZC29', 'DW42', 'DW62']);
const IGNITION_OFF = new Set(['ZC16', 'DW36', 'DW56']);

export function alarm(values: Values, type: string, before: string): void {
  const number = Number(/(?:ALARM,)?(\d)/.exec(before)?.[1]);
  const name =
    type === 'BO01' ? BUTTON_ALARMS[number] : type === 'BQ81' ? DRIVING_ALARMS[number] : ALARMS[type];
  if (name !== undefined) values.alarm = name;
  if (IGNITION_ON.has(type)) values.ignition = true;
  if (IGNITION_OFF.has(type)) values.ignition = false;
}
