// Suntech trackers, after the protocol descriptions of the ST300 series and of the universal protocol (ST4000 series).
//
//   STnnnTTT;ID;fields CR       series 200 to 900: model and type in the first field
//   TTT;ID;MASK;fields CR       universal: a bit of MASK for each field
//   8x 00  LENGTH (1)  ID (BCD, 5)  MASK (3)  fields      universal, binary
//   02  LENGTH (2)  10  ID (BCD, 5)  fields               compressed
import { ascii, bcd, bit, dateText, dateUTC, hex, Reader } from 'fairlead:helpers';

interface Context {
  identity?: string;
  state: { prefix?: string };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
}

const COMPRESSED = 0x02;
const isBinary = (bytes: Uint8Array): boolean => bytes[1] === 0 && bytes[0] !== COMPRESSED;

export function identify(bytes: Uint8Array) {
  if (bytes[0] === COMPRESSED) return { id: bcd(bytes, 4, 5).slice(0, 9) };
  if (isBinary(bytes)) return { id: bcd(bytes, 3, 5) };
  return { id: parse(bytes).id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | undefined {
  if (bytes[0] === COMPRESSED) return compressed(bytes);
  if (isBinary(bytes)) return binary(bytes, ctx);
  const { model, type, id, fields } = parse(bytes);
  ctx.state.prefix = model;
  if (type === 'ALV') return undefined;
  const values: Values = { deviceId: id, messageType: type };
  const time = text(values, model, type, fields);
  return { values, ...(time && { time }) };
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context): string {
  const prefix = ctx.state.prefix ?? '';
  const content = command(prefix === '', values.method, values.params ?? {});
  return `${prefix}CMD;${ctx.identity};${content}\r`;
}

function command(universal: boolean, method: string, params: Values): string {
  switch (method) {
    case 'relay':
      if (universal) return params.on ? '04;01' : '04;02';
      return params.on ? '02;Enable1' : '02;Disable1';
    case 'locate':
      return universal ? '03;01' : '02;StatusReq';
    case 'reboot':
      return universal ? '03;03' : '02;Reboot';
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, reboot or text`);
  }
}

interface Sentence {
  model: string;
  type: string;
  id: string;
  fields: string[];
}

/** ST910 writes the type in a field of its own; an answer has "Res" before the identity. */
function parse(bytes: Uint8Array): Sentence {
  const all = ascii(bytes)
    .replace(/^[\r\n]+/, '')
    .split(';');
  const [, model = '', short] = /^(S[AT]\d{3})?(\w{3})?$/.exec(all[0] ?? '') ?? [];
  let fields = all.slice(1);
  let type = short ?? '';
  if (model !== '' && short === undefined) [type = '', ...fields] = fields;
  if (fields[0] === 'Res') {
    fields = fields.slice(1);
    type = 'RES';
  }
  const [id = '', ...rest] = fields;
  if (type === '' || !/^[\dA-F]{4,20}$/i.test(id)) throw new Error('not a message of Suntech');
  return { model, type, id, fields: rest };
}

function text(values: Values, model: string, type: string, fields: string[]): Date | undefined {
  if (type === 'RES' || type === 'CMD') {
    values.message = fields.join(';');
    return undefined;
  }
  const list = new Fields(fields);
  if (model === '') return UNIVERSAL.has(type) ? universal(values, type, list) : unknown(values, fields);
  if (type === 'HTE') {
    values.driver = fields.at(-1);
    return undefined;
  }
  if (model.startsWith('ST9')) return series9(values, type, list);
  if (model.startsWith('ST4') && (type === 'STT' || type === 'ALT')) return series4(values, type, list);
  return REPORTS.has(type) ? series2(values, model, type, list) : unknown(values, fields);
}

function unknown(values: Values, fields: string[]): undefined {
  values.raw = fields.join(';');
  return undefined;
}

const UNIVERSAL = new Set(['STT', 'ALT', 'BLE', 'UEX', 'EMG', 'EVT']);
const REPORTS = new Set(['STT', 'EMG', 'EVT', 'ALT', 'UEX']);

/** Takes one field after another. */
class Fields {
  readonly list: string[];
  at = 0;

  constructor(list: string[]) {
    this.list = list;
  }

  get left(): number {
    return this.list.length - this.at;
  }

  /** The next field, without moving. */
  get head(): string {
    return this.list[this.at] ?? '';
  }

  next(): string {
    const field = this.list[this.at];
    if (field === undefined) throw new RangeError('the message ends early');
    this.at++;
    return field;
  }

  number(): number {
    const field = this.next();
    const value = Number(field);
    if (field === '' || Number.isNaN(value)) throw new RangeError(`not a number: ${field.slice(0, 40)}`);
    return value;
  }

  hex(): number {
    return Number.parseInt(this.next(), 16);
  }

  rest(): string[] {
    return this.list.slice(this.at);
  }
}

function time(fields: Fields): Date {
  const date = fields.next();
  return dateText(date, fields.next().replaceAll(':', ''));
}

function place(values: Values, latitude: number, longitude: number): void {
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) throw new RangeError('no such place');
  values.latitude = latitude;
  values.longitude = longitude;
}

function motion(values: Values, fields: Fields): void {
  place(values, fields.number(), fields.number());
  values.speed = fields.number();
  values.course = fields.number();
}

const EMERGENCIES: Record<number, string> = {
  1: 'sos',
  2: 'parking',
  3: 'powerCut',
  5: 'door',
  6: 'door',
  7: 'movement',
  8: 'vibration',
};
const ALERTS: Record<number, string> = {
  1: 'overspeed',
  5: 'geofenceExit',
  6: 'geofenceEnter',
  14: 'lowBattery',
  15: 'vibration',
  16: 'accident',
  40: 'powerRestored',
  41: 'powerCut',
  42: 'sos',
  46: 'hardAcceleration',
  47: 'hardBraking',
  50: 'jamming',
  132: 'door',
};

function event(values: Values, number: number, names: Record<number, string>): void {
  values.event = number;
  if (names[number] !== undefined) values.alarm = names[number];
}

// --- series 200, 300, 500 and 600 -------------------------------------------------------------------------------------

/** [Model,] firmware, date, time, [cell,] place, speed, course, satellites, fix, odometer, supply, ports, by type, more. */
function series2(values: Values, model: string, type: string, fields: Fields): Date {
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
function serial(values: Values, fields: Fields): void {
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

// --- series 400: cells first, a place only where there is one ---------------------------------------------------------

function series4(values: Values, type: string, fields: Fields): Date | undefined {
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

// --- series 900 -------------------------------------------------------------------------------------------------------

/** [Firmware,] date, time, [cell,] place, speed, course, fix, more. */
function series9(values: Values, type: string, fields: Fields): Date {
  if (type === 'Emergency' || type === 'Alert') values.alarm = 'general';
  if (!/^20\d{6}$/.test(fields.head)) values.firmware = fields.next();
  const when = time(fields);
  if (!/^[+-]/.test(fields.head)) values.cellId = fields.hex();
  motion(values, fields);
  values.valid = fields.next() === '1';
  if (fields.left > 0) values.extras = fields.rest();
  return when;
}

// --- universal --------------------------------------------------------------------------------------------------------

/** Fields of a BLE report are fixed. */
const BLE_MASK = 0b1100000110110;

function universal(values: Values, type: string, fields: Fields): Date | undefined {
  const mask = type === 'BLE' ? BLE_MASK : fields.hex();
  const has = (n: number): boolean => bit(mask, n);
  if (has(1)) fields.next(); // model
  if (has(2)) values.firmware = fields.next();
  if (has(3) && fields.next() === '0') values.archive = true;
  const when = has(4) && has(5) ? time(fields) : undefined;
  if (has(6)) values.cellId = fields.hex();
  if (has(7)) values.mcc = fields.number();
  if (has(8)) values.mnc = fields.number();
  if (has(9)) values.lac = fields.hex();
  if (has(10)) values.signal = fields.number();
  if (has(11) && has(12)) place(values, fields.number(), fields.number());
  if (type === 'BLE') {
    bluetooth(values, fields);
    return when;
  }
  if (has(13)) values.speed = fields.number();
  if (has(14)) values.course = fields.number();
  if (has(15)) values.satellites = fields.number();
  if (has(16)) values.valid = fields.next() === '1';
  if (has(17)) inputs(values, Number.parseInt(fields.next(), 2));
  if (has(18)) values.outputs = Number.parseInt(fields.next(), 2);
  cause(values, type, mask, fields);
  if (has(22)) fields.next(); // reserved
  const assigned = fields.rest();
  if (assigned.some((field) => field !== '')) values.assigned = assigned;
  return when;
}

function inputs(values: Values, bits: number): void {
  values.ignition = bit(bits, 0);
  values.inputs = bits;
}

function cause(values: Values, type: string, mask: number, fields: Fields): void {
  const has = (n: number): boolean => bit(mask, n);
  if (type === 'UEX') {
    serial(values, fields);
    return;
  }
  if (type === 'ALT') {
    if (has(19)) event(values, fields.number(), ALERTS);
    if (has(20)) values.alertModifier = fields.next();
    if (has(21)) values.alertData = fields.next();
    return;
  }
  if (has(19)) values.mode = fields.number();
  if (has(20)) values.reason = fields.number();
  if (has(21)) values.index = fields.number();
}

function bluetooth(values: Values, fields: Fields): void {
  values.valid = true;
  values.tags = Array.from({ length: fields.number() }, () => {
    const rssi = fields.number();
    fields.next(); // lowest
    fields.next(); // highest
    return {
      rssi,
      id: fields.next(),
      samples: fields.number(),
      major: fields.number(),
      minor: fields.number(),
    };
  });
}

function binaryDate(reader: Reader): Date {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = reader.take(6);
  return dateUTC(2000 + year, month, day, hour, minute, second);
}

/** A sign, then the magnitude. */
function signed(reader: Reader): number {
  const word = reader.u32();
  return (bit(word, 31) ? -(word - 2 ** 31) : word) / 1e6;
}

const LENGTH_AND_ID = 8;

function binary(bytes: Uint8Array, ctx: Context): Result {
  ctx.state.prefix = '';
  const type = bytes[0] === 0x82 ? 'ALT' : 'STT';
  const values: Values = { deviceId: bcd(bytes, 3, 5), messageType: type };
  const reader = new Reader(bytes, LENGTH_AND_ID);
  const mask = reader.u24();
  const has = (n: number): boolean => bit(mask, n);
  if (has(1)) reader.skip(1); // model
  if (has(2)) values.firmware = [reader.u8(), reader.u8(), reader.u8()].join('.');
  if (has(3) && reader.u8() === 0) values.archive = true;
  const when = has(4) && has(5) ? binaryDate(reader) : undefined;
  if (has(6)) values.cellId = reader.u32();
  if (has(7)) values.mcc = reader.u16();
  if (has(8)) values.mnc = reader.u16();
  if (has(9)) values.lac = reader.u16();
  if (has(10)) values.signal = reader.u8();
  if (has(11) && has(12)) place(values, signed(reader), signed(reader));
  if (has(13)) values.speed = reader.u16() / 100;
  if (has(14)) values.course = reader.u16() / 100;
  if (has(15)) values.satellites = reader.u8();
  if (has(16)) values.valid = reader.u8() > 0;
  if (has(17)) inputs(values, reader.u8());
  if (has(18)) values.outputs = reader.u8();
  binaryCause(values, type, mask, reader);
  return { values, ...(when && { time: when }) };
}

const DRIVER_ALERT = 59;

function binaryCause(values: Values, type: string, mask: number, reader: Reader): void {
  if (bit(mask, 19)) {
    const number = reader.u8();
    if (type === 'ALT') event(values, number, ALERTS);
    else values.mode = number;
  }
  if (bit(mask, 20)) {
    if (type === 'ALT') values.alertModifier = reader.u16();
    else values.reason = reader.u8();
  }
  if (type === 'ALT' && bit(mask, 21) && values.event === DRIVER_ALERT) values.driver = reader.hex(8);
}

// --- compressed -------------------------------------------------------------------------------------------------------

function compressed(bytes: Uint8Array): Result {
  const values: Values = { deviceId: bcd(bytes, 4, 5).slice(0, 9), messageType: 'STT' };
  const reader = new Reader(bytes, 3, bytes.length - 1);
  if (reader.u8() !== 0x10) return { values: { ...values, raw: hex(bytes) } };
  reader.skip(8); // identity, model, firmware
  const when = binaryDate(reader);
  values.lac = reader.u16();
  reader.skip(1); // lower part of the cell
  const decimal = (whole: number, digits: number): number =>
    whole + Number(bcd(reader.take(digits / 2))) / 10 ** digits;
  const latitude = decimal(reader.u8(), 6);
  const longitude = decimal(reader.u8(), 6);
  values.speed = decimal(reader.u16(), 2);
  values.course = decimal(reader.u16(), 2);
  const flags = reader.u8();
  values.valid = bit(flags, 7);
  place(values, latitude * (bit(flags, 6) ? -1 : 1), longitude * (bit(flags, 5) ? -1 : 1));
  values.satellites = flags & 31;
  values.odometer = reader.u32() / 1_000;
  values.voltage = decimal(reader.u8(), 2);
  const io = reader.u8();
  for (const [n, key] of ['ignition', 'input1', 'input2', 'input3', 'output1', 'output2'].entries())
    values[key] = bit(io, n);
  values.event = reader.u8();
  return { values, time: when };
}
