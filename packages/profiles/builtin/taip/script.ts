// Trackers after the "Trimble ASCII Interface Protocol".
//
//   > TYPE content [;ID=id] [;#number] [;NAME=value] [;*CHECK] <      CHECK: XOR of all before it, in two hex digits
//
//   position (RPV)    seconds of the day (5), latitude +dd.ddddd, longitude +ddd.ddddd without points, mph (3), degrees (3), ..
//   event (REV)       event (2), GPS week (4), day (1), then as RPV
//   RGP RCQ RCV RBR RUS RPI RUV   [event] ddmmyyhhmmss, then the place; what follows depends on the maker
import { ascii, bit, concat, dateGps, dateText, dateUTC, degreesMinutes, xor8 } from 'fairlead:helpers';

interface Context {
  time: number;
  identity?: string;
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: string;
}
interface Message {
  content: string;
  attributes: string[];
  id: string;
}

export function identify(bytes: Uint8Array) {
  const { id } = parse(bytes);
  return id === '' ? undefined : { id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const message = parse(bytes);
  const { content, attributes, id } = message;
  const values: Values = { ...(id !== '' && { deviceId: id }), messageType: content.slice(0, 3) };
  const found = POSITION.exec(content);
  if (!found) return { values: { ...values, raw: content.slice(3) } };
  const parts = (found.groups ?? {}) as Parts;
  const time = when(parts, ctx.time);
  const number = parts.event ?? parts.event2;
  if (number !== undefined) values.event = Number(number);
  if (parts.latitude !== undefined) place(values, parts);
  states(values, content, parts);
  if (time === undefined) values.valid = false;
  if (content.startsWith('RUV')) engine(values, content);
  named(values, attributes);
  const reply = answer(message);
  return { values, ...(time && { time }), ...(reply !== '' && { reply }) };
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context): string {
  return `>${command(values.method, values.params ?? {})};ID=${ctx.identity}<`;
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'locate':
      return 'QPV';
    case 'version':
      return 'QVR';
    case 'reboot':
      return 'SRT';
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use locate, version, reboot or text`);
  }
}

/** A number, a name with its value, or the check. */
const ATTRIBUTE = /^(#[^*]*(\*[\dA-Fa-f]{2})?|&\w*|[A-Za-z]\w*=[^*]*|\*[\dA-Fa-f]{2})?$/;

function parse(bytes: Uint8Array): Message {
  const [content = '', ...attributes] = ascii(bytes.subarray(1, bytes.length - 1)).split(';');
  if (!/^[A-Z]{3}/.test(content)) throw new Error('not a message of TAIP');
  const id = attributes.find((attribute) => /^ID=/i.test(attribute))?.slice(3) ?? '';
  // Without identity and check a message may be the head of a damaged one.
  if (id === '' && !attributes.some((attribute) => attribute.includes('*')))
    throw new Error('neither identity nor check');
  if (!attributes.every((attribute) => ATTRIBUTE.test(attribute)) || !/^[\w.-]*$/.test(id))
    throw new Error('the attributes are no attributes of TAIP');
  return { content, attributes, id };
}

/** A numbered message is acknowledged, with number and identity in the order of the message; others get the identity. */
function answer({ attributes, id }: Message): string {
  if (id === '') return '';
  const number = attributes.find((attribute) => attribute.startsWith('#'));
  if (number === undefined) return id;
  if (number.startsWith('#IP')) return `>SAK;ID=${id};${number}<`;
  const first = attributes.indexOf(number) < attributes.findIndex((attribute) => /^ID=/i.test(attribute));
  const text = first ? `>ACK;${number};ID=${id};*` : `>ACK;ID=${id};${number};*`;
  return `${text}${xor8(concat(text)).toString(16).toUpperCase().padStart(2, '0')}<`;
}

// --- positions --------------------------------------------------------------------------------------------------------

interface Parts {
  event?: string;
  week?: string;
  day?: string;
  seconds?: string;
  event2?: string;
  date?: string;
  clock?: string;
  latitude?: string;
  longitude?: string;
  speed?: string;
  course?: string;
  rest?: string;
}

const POSITION =
  /^(?:R[EP]V(?:(?<event>\d\d)(?<week>\d{4})(?<day>\d))?(?<seconds>\d{5})|(?:RGP|RCQ|RCV|RBR|RUS00|RPI|RUV\d\d),?(?<event2>\d+)??,?(?:[A-Z][A-Z\d]*,)?(?<date>\d{6})(?<clock>\d{6})(?=[-+,]|$))(?:(?<latitude>[-+]\d{4}\.\d{4}|[-+]\d{7})(?<longitude>[-+]\d{5}\.\d{4}|[-+]\d{8})(?<speed>\d{3})(?<course>\d{3}))?(?<rest>.*)$/;

const DAY = 86_400;
const HALF_DAY = (DAY / 2) * 1_000;

/** Only the seconds of the day are sent: the day is that on which the message can have been made. */
function when({ week, day, seconds, date, clock }: Parts, now: number): Date | undefined {
  if (date !== undefined && clock !== undefined)
    return Number(date) === 0 ? undefined : dateText(date, clock, 'dmy'); // no clock yet
  if (Number(seconds) >= DAY) throw new RangeError('more seconds than a day has');
  if (week !== undefined) return dateGps(Number(week), (Number(day) * DAY + Number(seconds)) * 1_000, 0);
  const today = new Date(now);
  const start = dateUTC(today.getUTCFullYear(), today.getUTCMonth() + 1, today.getUTCDate()).getTime();
  const time = start + Number(seconds) * 1_000;
  const days = time > now + HALF_DAY ? -1 : time < now - HALF_DAY ? 1 : 0;
  return new Date(time + days * DAY * 1_000);
}

/** Degrees with five decimals, or degrees and minutes with a point. */
function degrees(text: string, digits: number): number {
  const size = text.slice(1);
  const whole = Number(size.slice(0, digits));
  const value = size.includes('.') ? degreesMinutes(whole, Number(size.slice(digits))) : Number(size) / 1e5;
  return (text[0] === '-' ? -value : value) + 0;
}

const MPH = 1.609344;

function place(values: Values, parts: Parts): void {
  const { latitude = '', longitude = '', speed, course } = parts;
  values.latitude = degrees(latitude, 2);
  values.longitude = degrees(longitude, 3);
  if (Math.abs(values.latitude as number) > 90 || Math.abs(values.longitude as number) > 180)
    throw new RangeError('no such place');
  values.valid = true;
  values.speed = Number(speed) * (values.messageType === 'RUV' ? 1 : MPH);
  values.course = Number(course);
}

/** Fix, age, inputs; then flow meter, odometer, voltages, speed, temperatures and alarm, or event and hdop. */
const FIRST =
  /^(\d)[\da-f]{2}([\da-f]{2})(?:,\d+,(\d+),(\d{4})(\d{4}),(\d+)(?:,([-+]?\d+\.?\d*),([-+]?\d+\.?\d*))?,([\da-f]{2})|(\d\d)(\d\d))/i;
/** Inputs, satellites, battery, odometer, power[, fix, pdop, satellites, age, modem, network, signal[, temperatures]]. */
const SECOND =
  /^([\da-f]{2})[\da-f]{2}(\d{3})([\da-f]{8})[01](?:([023])(\d\d)\d\d[\da-f]{4}[01][0-5](\d\d)(?:([-+]\d{4})[\da-f]{2}([-+]\d{4}))?)?/i;

function states(values: Values, content: string, { rest = '' }: Parts): void {
  const first = content.startsWith('RCQ') ? null : FIRST.exec(rest);
  if (first) firstForm(values, content, first);
  else {
    const second = SECOND.exec(rest);
    if (second) secondForm(values, second);
    else if (/^\d{2}$/.test(rest))
      Object.assign(values, { source: Number(rest[0]), dataAge: Number(rest[1]) });
  }
  alarm(values, content);
}

function firstForm(values: Values, content: string, found: RegExpExecArray): void {
  const [, fix, inputs = '', odometer, supply, battery, rpm, temperature1, temperature2, code, event, hdop] =
    found;
  const akroz = content.startsWith('RUV');
  const word = Number.parseInt(inputs, 16);
  values.valid = akroz ? Number(fix) >= 2 && Number(fix) < 8 : Number(fix) > 0;
  values.ignition = bit(word, 7);
  if (akroz) values.charging = bit(word, 6);
  values.inputs = word;
  if (odometer !== undefined) {
    values.odometer = Number(odometer) / 1_000;
    values.voltage = Number(supply) / 100;
    values.batteryVoltage = Number(battery) / 100;
    values.rpm = Number(rpm);
    if (temperature1 !== undefined) values.temperature1 = Number(temperature1);
    if (temperature2 !== undefined) values.temperature2 = Number(temperature2);
    values.event = Number.parseInt(code ?? '', 16);
  } else {
    if (!akroz) values.event = Number(event);
    values.hdop = Number(hdop);
  }
}

function secondForm(values: Values, found: RegExpExecArray): void {
  const [, inputs = '', battery, odometer = '', fix, pdop, signal, temperature1, temperature2] = found;
  values.inputs = Number.parseInt(inputs, 16);
  values.batteryRaw = Number(battery);
  values.odometer = Number.parseInt(odometer, 16) / 1_000;
  if (fix === undefined) return;
  values.valid = Number(fix) > 0;
  values.pdop = Number(pdop);
  values.signal = Number(signal);
  if (temperature1 !== undefined) values.temperature1 = Number(temperature1) / 100;
  if (temperature2 !== undefined) values.temperature2 = Number(temperature2) / 100;
}

const ALARMS: Record<number, string> = { 1: 'sos', 2: 'powerCut' };
const DRIVING_ALARMS: Record<number, string> = {
  22: 'hardAcceleration',
  23: 'hardBraking',
  24: 'accident',
  26: 'hardCornering',
  28: 'hardCornering',
};
const ENGINE_ALARMS: Record<number, string> = {
  104: 'overspeed',
  106: 'overspeed',
  109: 'highRpm',
  111: 'idle',
  119: 'temperature',
  120: 'hardAcceleration',
  121: 'hardBraking',
  122: 'hardCornering',
  127: 'powerCut',
  128: 'powerRestored',
  129: 'lowBattery',
};

function alarm(values: Values, content: string): void {
  const names = content.startsWith('RUV') ? ENGINE_ALARMS : content[5] === ',' ? DRIVING_ALARMS : ALARMS;
  const name = names[values.event as number];
  if (name !== undefined) values.alarm = name;
}

// --- engine data of type RUV ------------------------------------------------------------------------------------------

/** By number: the fields behind the place, "-" for those that are passed over. */
const ENGINE: Record<string, string> = {
  '00': 'voltages serial firmware hardware - - - - - iccid',
  '01': 'voltages - - - minutes odometer rpm coolantTemperature oilPressure fuel - - - driver',
  '02': '- - - - - - - - - tripDistance fuelUsed',
};
const ENGINE_OTHER = 'throttle minutes odometer rpm coolantTemperature oilPressure fuel fuelUsed - obdSpeed';

function engine(values: Values, content: string): void {
  const fields = content.split(',').slice(3);
  const keys = (ENGINE[content.slice(3, 5)] ?? ENGINE_OTHER).split(' ');
  for (const [n, key] of keys.entries()) {
    const field = fields[n];
    if (field === undefined || field === '' || key === '-') continue;
    if (key === 'voltages') {
      values.batteryVoltage = Number(field.slice(0, 4)) / 100;
      values.voltage = Number(field.slice(4)) / 100;
    } else if (key === 'minutes') values.engineHours = Number(field) / 60;
    else if (key === 'odometer' || key === 'tripDistance') values[key] = Number(field) / 1_000;
    else if (key === 'fuelUsed') values[key] = Number(field) / 10;
    else
      values[key] = ['serial', 'firmware', 'hardware', 'iccid', 'driver'].includes(key)
        ? field
        : Number(field);
  }
}

// --- attributes -------------------------------------------------------------------------------------------------------

function named(values: Values, attributes: string[]): void {
  const others: Values = {};
  for (const attribute of attributes) {
    const [, name = '', value = ''] = /^([A-Z]+)=(.*)$/i.exec(attribute) ?? [];
    const key = name.toUpperCase();
    if (key === 'IO') {
      values.ignition = bit(Number(value[0]), 0);
      values.charging = bit(Number(value[0]), 1);
      values.outputs = Number(value[1]);
      values.inputs = Number(value[2]);
    } else if (key === 'AD') values.adc1 = Number(value);
    else if (key === 'SV') values.satellites = Number(value);
    else if (key === 'BL') values.batteryVoltage = Number(value) / 1_000;
    else if (key === 'VO') values.odometer = Number(value) / 1_000;
    else if (key !== '' && key !== 'ID') others[name] = value;
  }
  if (Object.keys(others).length > 0) values.attributes = others;
}
