// TK103 trackers, after "TK103 GPRS communication protocol V1.6".
//
//   (ID TYPE content)    ID of 12 or 15 digits, TYPE of 4 characters, no separators, dates yymmdd
//   (ID,TYPE,content)    later devices, dates ddmmyy
//
//   position   yymmdd A ddmm.mmmmN dddmm.mmmmE speed hhmmss course mains acc io io io fuel L odometer ..
import { ascii, bit, dateText, fromHex, nmeaCoordinate, u8, u16le } from 'fairlead:helpers';

interface Context {
  identity?: string;
}
type Values = Record<string, unknown>;
interface Message {
  id: string;
  type: string;
  content: string;
  commas: boolean;
}
interface Result {
  values?: Values;
  time?: Date;
  reply?: string;
}

export function identify(bytes: Uint8Array) {
  const { id, type } = parse(bytes);
  return type === 'BP00' ? { id, reply: `(${id}AP01HSO)`, consumed: true } : { id };
}

export function uplink(bytes: Uint8Array): Result | undefined {
  const message = parse(bytes);
  const { id, type } = message;
  if (type === 'BP00') return { reply: `(${id}AP01HSO)` };
  const { values, time } = decoder(message)(message);
  return {
    values: { deviceId: id, messageType: type, ...values },
    ...(time && { time }),
    ...(type === 'BP05' && { reply: `(${id}AP05)` }),
  };
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context): string {
  return `(${ctx.identity}${command(values.method, values.params ?? {})})`;
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return params.on ? 'AV010' : 'AV011';
    case 'locate':
      return 'AP00';
    case 'interval':
      return `AR00${Number(params.seconds).toString(16).toUpperCase().padStart(4, '0')}0000`;
    case 'reboot':
      return 'AT00';
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, interval, reboot or text`);
  }
}

function parse(bytes: Uint8Array): Message {
  const text = ascii(bytes.subarray(1, bytes.length - 1));
  const [, id, comma, type, content] =
    /^(\d{10,15}|[\dA-Z]{12})(,?)([A-Z][\dA-Z]{3})([\s\S]*)$/.exec(text) ?? [];
  if (id === undefined || type === undefined || content === undefined)
    throw new Error('not a message of TK103');
  return { id, type, content: content.replace(/^,/, ''), commas: comma === ',' };
}

function decoder({ type, content }: Message): (message: Message) => { values: Values; time?: Date } {
  if (content.includes('{') && content.includes('}')) return cellList;
  if (type.startsWith('DW5') || type === 'DW60' || type === 'DW62') return network;
  return DECODERS[type] ?? position;
}

// --- positions --------------------------------------------------------------------------------------------------------

const POSITION =
  /(\d{6}),?([AV]),? *(\d*\d\d\.\d+)([NS]),? *(\d*\d\d\.\d+)([EW]),?([ \d.]{1,5})(?:\d*,)?(\d{6}),?(.*)$/;
const STATES = /^([ \d.]{6}|\d\d),?([01])([01])([\da-f])([\da-f])([\da-f])([\da-f]{3})L([\da-f]+)(.*)$/i;

function position(message: Message): { values: Values; time?: Date } {
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

function alarm(values: Values, type: string, before: string): void {
  const number = Number(/(?:ALARM,)?(\d)/.exec(before)?.[1]);
  const name =
    type === 'BO01' ? BUTTON_ALARMS[number] : type === 'BQ81' ? DRIVING_ALARMS[number] : ALARMS[type];
  if (name !== undefined) values.alarm = name;
  if (IGNITION_ON.has(type)) values.ignition = true;
  if (IGNITION_OFF.has(type)) values.ignition = false;
}

// --- messages without a position --------------------------------------------------------------------------------------

function setCells(values: Values, cells: Values[]): void {
  if (cells[0]) Object.assign(values, cells[0], { cells });
}

/** Country, network, area, cell, number of access points, access points, ddmmyy, hhmmss. */
function network({ type, content }: Message): { values: Values; time?: Date } {
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
function cellList({ content }: Message): { values: Values } {
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

const DECODERS: Record<string, (message: Message) => { values: Values; time?: Date }> = {
  BZ00: cellPairs,
  ZC20: battery,
  ZC03: message,
  BV00: ({ content }) => ({ values: { vin: content } }),
  BS50: pack,
  BS51: packMessages,
};
