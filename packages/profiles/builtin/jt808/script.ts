// Vehicle terminals after JT/T 808-2013 and -2019 (messages, unescaped and without their flags):
//
//   TYPE (2)  ATTRIBUTES (2)  [VERSION (1), 2019]  PHONE (BCD, 6; 2019: 10)  SERIAL (2)  [TOTAL (2) INDEX (2)]  body  XOR
//
// ATTRIBUTES: bits 0-9 length of the body, 10-12 encryption, 13 one part of several, 14 version 2019.
// Types 5501 and 5502, of padlocks, have a serial number of one byte. Texts in brackets are answers of padlocks.
import {
  ascii,
  bcd,
  be,
  bit,
  bits,
  concat,
  dateBcd,
  decodeText,
  encodeText,
  fromHex,
  hex,
  Reader,
  u8,
  u16,
  u32,
  xor8,
  zoneMinutes,
} from 'fairlead:helpers';

interface Context {
  time: number;
  identity?: string;
  state: { phone?: string; version?: number; serial?: number };
  parameters: { timezone: string };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array | string;
  answers?: number;
  refused?: string | false;
}

interface Message {
  bytes: Uint8Array;
  type: number;
  attributes: number;
  version: number | undefined;
  phone: Uint8Array;
  serial: number;
  part: { total: number; index: number } | undefined;
  body: Reader;
  zone: number;
}

export function identify(bytes: Uint8Array, ctx: Context) {
  if (bytes[0] === 0x28) {
    const id = /^\((\d+),/.exec(ascii(bytes))?.[1];
    return id === undefined ? undefined : { id };
  }
  const message = parse(bytes, ctx);
  const id = identity(message.phone);
  if (message.type === 0x0102) return { id, reply: done(message), refusal: done(message, 1), consumed: true };
  if (message.type === 0x0100) return { id, refusal: registered(message, 4) };
  return { id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | Result[] | undefined {
  if (bytes[0] === 0x28) return bracketed(ascii(bytes), ctx);
  const message = parse(bytes, ctx);
  const reply = answer(message, ctx);
  const encrypted =
    bits(message.attributes, 10, 3) !== 0 && message.type !== 0x5501 && message.type !== 0x5502;
  const decode = message.part || encrypted ? undefined : DECODERS[message.type];
  const results = decode ? decode(message) : unknown(message);
  return reply ? [...results, { reply }] : results;
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const serial = ctx.state.serial ?? 0;
  ctx.state.serial = (serial + 1) & 0xffff;
  const version = ctx.state.version;
  const phone = fromHex(
    ctx.state.phone ?? (ctx.identity ?? '').padStart(version === undefined ? 12 : 20, '0'),
  );
  const [type, body] = command(values.method, values.params ?? {});
  return { send: packet(type, version, phone, serial, body), id: serial };
}

function command(method: string, params: Values): [type: number, body: Uint8Array] {
  switch (method) {
    case 'relay':
      return [0x8105, Uint8Array.of(params.on ? 0xf0 : 0xf1)];
    case 'locate':
      return [0x8201, new Uint8Array(0)];
    case 'interval':
      return [0x8103, concat(1, be(0x0029, 4), 4, be(Number(params.seconds), 4))];
    case 'reboot':
      return [0x8105, Uint8Array.of(4)];
    case 'text':
      return [0x8300, concat(1, encodeText(String(params.text), 'gbk'))];
    default:
      throw new Error(`unknown command ${method}: use relay, locate, interval, reboot or text`);
  }
}

// --- messages and replies ---------------------------------------------------------------------------------------------

function parse(bytes: Uint8Array, ctx: Context): Message {
  const reader = new Reader(bytes, 0, bytes.length - 1);
  const type = reader.u16();
  const attributes = reader.u16();
  const version = bit(attributes, 14) ? reader.u8() : undefined;
  const phone = reader.take(version === undefined ? 6 : 10).slice();
  const serial = type === 0x5501 || type === 0x5502 ? reader.u8() : reader.u16();
  const part = bit(attributes, 13) ? { total: reader.u16(), index: reader.u16() } : undefined;
  const length = bits(attributes, 0, 10);
  if (length !== reader.left) throw new Error(`the message announces ${length} bytes and has ${reader.left}`);
  ctx.state.phone = hex(phone);
  if (version !== undefined) ctx.state.version = version;
  const zone = zoneMinutes(ctx.parameters.timezone);
  return { bytes, type, attributes, version, phone, serial, part, body: reader, zone };
}

/** The telephone number; terminals with an IMEI write its first 14 digits as a number of 48 bits. */
function identity(phone: Uint8Array): string {
  const digits = fullNumber(phone);
  return digits.replace(/^0+(?=.)/, '');
}

function fullNumber(phone: Uint8Array): string {
  const digits = hex(phone);
  if (/^\d+$/.test(digits)) return digits;
  const imei = String(u16(phone) * 2 ** 32 + u32(phone, 2));
  return imei + luhn(imei);
}

function luhn(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return (10 - (sum % 10)) % 10;
}

function packet(
  type: number,
  version: number | undefined,
  phone: Uint8Array,
  serial: number,
  body: Uint8Array,
): Uint8Array {
  const number = type === 0x4401 ? Uint8Array.of(serial) : be(serial, 2);
  const attributes = body.length | (version === undefined ? 0 : 0x4000);
  const head = concat(
    be(type, 2),
    be(attributes, 2),
    version === undefined ? '' : Uint8Array.of(version),
    phone,
    number,
  );
  const content = concat(head, body);
  return concat(0x7e, escaped(concat(content, xor8(content))), 0x7e);
}

function escaped(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const byte of bytes) {
    if (byte === 0x7d || byte === 0x7e) out.push(0x7d, byte - 0x7c);
    else out.push(byte);
  }
  return Uint8Array.from(out);
}

/** The platform's general answer. */
function done({ type, version, phone, serial }: Message, result = 0): Uint8Array {
  return packet(0x8001, version, phone, 0, concat(be(serial, 2), be(type, 2), result));
}

/** The answer to a registration; a terminal that is taken gets its authentication code, its own number. */
function registered({ version, phone, serial }: Message, result = 0): Uint8Array {
  return packet(
    0x8100,
    version,
    phone,
    0,
    concat(be(serial, 2), result, result === 0 ? fullNumber(phone) : ''),
  );
}

/** Types that the platform does not answer: they are answers themselves. */
const UNANSWERED = new Set([
  0x0001, 0x0104, 0x0107, 0x0201, 0x0302, 0x0500, 0x0700, 0x0701, 0x0702, 0x0802, 0x0805, 0x1205, 0x1300,
  0x2070,
]);

function answer(message: Message, ctx: Context): Uint8Array | undefined {
  const { type, version, phone, attributes } = message;
  if (type === 0x0100) return registered(message);
  if (type === 0x0109) return packet(0x8109, version, phone, 0, clock(ctx.time));
  if (type === 0x0801 && message.body.left >= 4 && isWhole(message))
    return packet(0x8800, version, phone, 0, message.bytes.slice(message.body.at, message.body.at + 4));
  if (type === 0x5501 || type === 0x5502)
    return bit(attributes, 15) ? packet(0x4401, version, phone, 1, concat(be(type, 2), 0)) : undefined;
  return type === 0x0107 || !UNANSWERED.has(type) ? done(message) : undefined;
}

const isWhole = ({ part }: Message): boolean => part === undefined;

function clock(time: number): Uint8Array {
  const now = new Date(time);
  return concat(
    be(now.getUTCFullYear(), 2),
    now.getUTCMonth() + 1,
    now.getUTCDate(),
    now.getUTCHours(),
    now.getUTCMinutes(),
    now.getUTCSeconds(),
    0,
  );
}

/** `(…BASE,2,TIME)` asks for the time in place of TIME. */
function bracketed(text: string, ctx: Context): Result {
  if (!/^\(\d+,[ -~]*\)$/.test(text)) throw new Error('not the text of a padlock');
  if (!text.includes('BASE,2')) return { values: { message: text } };
  const now = new Date(ctx.time).toISOString().replace(/\D/g, '').slice(0, 14);
  return { reply: text.replace('TIME', now) };
}

// --- positions --------------------------------------------------------------------------------------------------------

const ALARMS: Record<number, string> = {
  0: 'sos',
  1: 'overspeed',
  2: 'fatigue',
  3: 'danger',
  4: 'fault',
  5: 'antennaCut',
  6: 'antennaShort',
  7: 'lowBattery',
  8: 'powerCut',
  9: 'fault',
  10: 'fault',
  11: 'fault',
  12: 'fault',
  13: 'overspeed',
  14: 'fatigue',
  15: 'vibration',
  16: 'tampering',
  17: 'tampering',
  18: 'drivingTime',
  19: 'parking',
  20: 'geofence',
  21: 'route',
  22: 'routeTime',
  23: 'routeLeft',
  24: 'fault',
  25: 'fuelTheft',
  26: 'theft',
  27: 'blocked',
  28: 'movement',
  29: 'accident',
  30: 'accident',
  31: 'door',
};

function addAlarm(values: Values, name: string | undefined): void {
  if (name === undefined) return;
  const all = (values.alarms as string[] | undefined) ?? [];
  if (!all.includes(name)) all.push(name);
  values.alarms = all;
  values.alarm ??= name;
}

/** BCD, in the device's zone; a terminal without time sends zeros. */
function date(reader: Reader, zone: number): Date | undefined {
  const digits = reader.take(6);
  return digits.every((byte) => byte === 0) ? undefined : dateBcd(digits, 0, zone);
}

function place(reader: Reader, values: Values): void {
  const status = reader.u32();
  values.status = status;
  values.ignition = bit(status, 0);
  values.valid = bit(status, 1);
  values.blocked = bit(status, 10);
  values.charging = bit(status, 26);
  const latitude = reader.u32() / 1e6;
  const longitude = reader.u32() / 1e6;
  if (latitude > 90 || longitude > 180) throw new RangeError('no such place');
  values.latitude = (bit(status, 2) ? -latitude : latitude) + 0;
  values.longitude = (bit(status, 3) ? -longitude : longitude) + 0;
}

function motion(reader: Reader, values: Values): void {
  values.altitude = reader.i16();
  values.speed = reader.u16() / 10;
  values.course = reader.u16();
}

function location(reader: Reader, zone: number): Result {
  const values: Values = {};
  const alarms = reader.u32();
  values.alarmBits = alarms;
  for (let n = 0; n < 32; n++) if (bit(alarms, n)) addAlarm(values, ALARMS[n]);
  place(reader, values);
  motion(reader, values);
  const time = date(reader, zone);
  if (reader.left === 18) padlock(reader.take(18), values);
  else items(reader, values, ITEMS);
  return { values, ...(time && { time }) };
}

/** Padlocks append fixed fields of 18 bytes in place of items. */
function padlock(fields: Uint8Array, values: Values): void {
  if (ITEMS[u8(fields)] && u8(fields, 1) <= 16) {
    items(new Reader(fields), values, ITEMS);
    return;
  }
  values.odometer = u32(fields, 4);
  values.batteryVoltage = u16(fields, 8) / 10;
  values.signal = u8(fields, 14);
}

type Item = (values: Values, item: Reader) => void;

/** Items of number, length and content. */
function items(reader: Reader, values: Values, table: Record<number, Item>): void {
  while (reader.left >= 2) {
    const number = reader.u8();
    const size = reader.u8();
    const content = reader.take(size);
    const known = table[number];
    if (!known || !fits(known, values, new Reader(content)))
      extra(values, hex(be(number, 1)), new Reader(content));
  }
}

/** Makers use numbers for contents of their own: one that is too short for the usual content is kept as it is. */
function fits(known: Item, values: Values, item: Reader): boolean {
  try {
    known(values, item);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function extra(values: Values, number: string, item: Reader): void {
  values.extras = { ...(values.extras as Values | undefined), [number]: item.hex(item.left) };
}

const unsigned = (item: Reader): number =>
  item.left === 1 ? item.u8() : item.left === 2 ? item.u16() : item.left >= 4 ? item.u32() : item.u24();
const number = (key: string, divisor = 1, offset = 0): Item => {
  return (values, item) => {
    if (item.left > 0) values[key] = unsigned(item) / divisor + offset;
  };
};
const text = (key: string): Item => {
  return (values, item) => {
    if (item.left > 0) values[key] = item.ascii(item.left).replaceAll('\0', '').trim();
  };
};

function battery(values: Values, item: Reader): void {
  if (item.left !== 1) {
    if (item.left === 2) values.voltage = item.u16() / 10;
    else if (item.left >= 4) values.driver = String(item.u32());
    return;
  }
  const level = item.u8();
  if (level === 0xff) values.charging = true;
  else values.battery = level;
}

/** The top bit is the sign. */
function signed16(value: number): number {
  return bit(value, 15) ? -(value & 0x7fff) : value;
}

function analog(values: Values, item: Reader): void {
  values.adc1 = item.u16() / 100;
  values.adc2 = item.u16() / 100;
}

function accessPoints(values: Values, item: Reader): void {
  const list: Values[] = [];
  while (item.left >= 7) list.push({ mac: hex(item.take(6), ':'), rssi: item.i8() });
  if (list.length > 0) values.wifi = list;
  else if (item.left > 0) extra(values, 'f4', item);
}

function setCells(values: Values, list: Values[]): void {
  if (!list[0]) return;
  const { level: _, ...serving } = list[0];
  Object.assign(values, serving, { cells: list });
}

function safety(system: string): Item {
  return (values, item) => {
    if (item.left < 7) return;
    item.skip(5); // number and state of the alarm
    const type = item.u8();
    values.safetyEvent = { system, type, level: item.u8() };
    if (system === 'driving') addAlarm(values, DRIVING_ALARMS[type]);
  };
}
const DRIVING_ALARMS: Record<number, string> = {
  1: 'hardAcceleration',
  2: 'hardBraking',
  3: 'hardCornering',
  22: 'accident',
};

const ITEMS: Record<number, Item> = {
  1: number('odometer', 10),
  2: number('fuelVolume', 10),
  3: number('recorderSpeed', 10),
  4: number('event'),
  6: (values, item) => {
    if (item.left === 1) values.battery = item.u8();
    else if (item.left === 2) values.temperature1 = signed16(item.u16());
  },
  11: lock,
  20: number('inputs'),
  37: number('inputs'),
  42: number('inputs'),
  43: analog,
  48: number('signal'),
  49: number('satellites'),
  81: (values, item) => {
    for (let i = 1; item.left >= 2; i++) {
      const value = item.u16();
      if (value !== 0xffff) values[`temperature${i}`] = signed16(value) / 10;
    }
  },
  86: (values, item) => {
    values.battery = item.u8() * 10;
  },
  87: (values, item) => {
    const alarms = item.u16();
    if (bit(alarms, 8)) addAlarm(values, 'hardAcceleration');
    if (bit(alarms, 9)) addAlarm(values, 'hardBraking');
    if (bit(alarms, 10)) addAlarm(values, 'hardCornering');
  },
  96: (values, item) => {
    const event = item.u16();
    values.event = event;
    if (event < 0x61 || event > 0x66 || item.left < 14) return;
    item.skip(6); // lock
    values.driver = item.ascii(8);
  },
  97: number('voltage', 100),
  100: safety('assistance'),
  101: safety('driver'),
  104: number('battery', 100),
  105: number('batteryVoltage', 100),
  112: safety('driving'),
  119: (values, item) => {
    const list: Values[] = [];
    while (item.left >= 8) {
      const [index, id, pressure] = [item.u8(), item.hex(3), (item.u16() & 0x3ff) / 40];
      list.push({ index, id, pressure, temperature: item.u8() - 50, status: item.u8() });
    }
    values.tyres = list;
  },
  128: (values, item) => {
    item.skip(1);
    items(item, values, ENGINE);
  },
  130: number('voltage', 10),
  148: text('vin'),
  167: analog,
  172: number('odometer', 1_000),
  188: text('driver'),
  189: text('driver'),
  208: (values, item) => {
    if (bit(item.u32(), 3)) addAlarm(values, 'vibration');
  },
  211: number('voltage', 10),
  212: battery,
  213: (values, item) => {
    if (item.left === 2) values.batteryVoltage = item.u16() / 100;
    else extra(values, 'd5', item);
  },
  225: (values, item) => {
    if (item.left >= 12 && (item.left - 4) % 8 === 0) cells24(values, item);
    else battery(values, item);
  },
  227: (values, item) => {
    item.skip(1);
    values.battery = item.u8();
    values.batteryVoltage = item.u16() / 100;
  },
  228: (values, item) => {
    if (item.u8() === 0) values.charging = true;
    values.battery = item.u8();
  },
  229: (values, item) => {
    if (item.left === 1) values.motion = item.u8() === 1;
  },
  230: (values, item) => {
    const content = item.take(item.left);
    if (ascii(content).startsWith('$OBD-RT')) engineText(values, ascii(content));
    else if (content.length > 0 && content.length % 11 === 0) climateTags(values, new Reader(content));
    else extra(values, 'e6', new Reader(content));
  },
  231: (values, item) => {
    if (item.left !== 8) return;
    const alarms = item.u16();
    if (bit(alarms, 0)) addAlarm(values, 'vibration');
    if (bits(alarms, 1, 3) > 0) addAlarm(values, 'sos');
  },
  232: cameraState,
  233: battery,
  235: nested,
  236: accessPoints,
  237: text('driver'),
  238: (values, item) => {
    if (item.left !== 6) return;
    values.signal = item.u8();
    values.voltage = item.u16() / 1_000;
    values.batteryVoltage = item.u16() / 1_000;
    values.satellites = item.u8();
  },
  240: (values, item) => {
    const list: Values[] = [];
    while (item.left >= 13) {
      const [mcc, mnc, cellId, lac, level] = [item.u16(), item.u16(), item.u32(), item.u32(), item.u8()];
      list.push({ mcc, mnc, lac, cellId, level });
    }
    setCells(values, list);
  },
  241: (values, item) => {
    if (item.left === 4) values.voltage = item.u32() / 1_000;
  },
  242: text('firmware'),
  243: (values, item) => {
    while (item.left >= 3) {
      const id = item.u16();
      const part = new Reader(item.take(item.u8()));
      const known = ENGINE_LONG[id];
      if (known) known(values, part);
      else values.obd = { ...(values.obd as Values | undefined), [hex(be(id, 2))]: part.hex(part.left) };
    }
  },
  244: accessPoints,
  245: number('illuminance'),
  246: (values, item) => {
    if (item.left === 2) values.pressure = item.u16();
    else if (item.left === 8) values.imei = item.hex(8).slice(1);
    else sensors(values, item);
  },
  247: (values, item) => {
    if (item.left === 2) {
      values.humidity = item.u16() / 10;
      return;
    }
    if (item.left < 4) return;
    values.batteryVoltage = item.u32() / 1_000;
    if (item.left > 0 && [2, 3].includes(item.u8())) values.charging = true;
    if (item.left > 0) values.battery = item.u8();
  },
  248: (values, item) => {
    if (item.left === 2) values.temperature2 = Math.round(item.u16() - 500) / 10;
    else extra(values, 'f8', item);
  },
  252: number('geofence'),
  253: (values, item) => {
    if (item.left < 9) return;
    const [mcc, mnc, lac] = [item.u16(), item.u16(), item.u16()];
    Object.assign(values, { mcc, mnc, lac, cellId: item.u32() });
  },
  254: (values, item) => {
    if (item.left === 1) values.battery = item.u8();
    else if (item.left === 2) values.voltage = item.u16() / 10;
    else if (item.left === 4) values.odometer = item.u32() / 1_000;
    else extra(values, 'fe', item);
  },
};

const CAMERA_ALARMS: Record<number, string> = {
  1: 'fault',
  1024: 'hardAcceleration',
  1025: 'hardBraking',
  1026: 'hardCornering',
  1027: 'overspeed',
  1029: 'accident',
  1030: 'vibration',
  1031: 'tow',
  1032: 'geofenceEnter',
  1033: 'geofenceExit',
  1036: 'door',
  1042: 'hardAcceleration',
  1043: 'hardBraking',
  1044: 'hardCornering',
  1046: 'accident',
  1047: 'accident',
  3073: 'sos',
  3074: 'lowPower',
  3077: 'general',
  3086: 'powerCut',
  3087: 'lowBattery',
  3088: 'powerOff',
  3090: 'tampering',
};

/** Item e8 of dashboard cameras: a number, for some of them its content. */
function cameraState(values: Values, item: Reader): void {
  if (item.left < 4) {
    extra(values, 'e8', item);
    return;
  }
  const kind = item.u16();
  values.event = kind;
  addAlarm(values, CAMERA_ALARMS[kind]);
  if (kind === 0x0c03 || kind === 0x0c04) values.ignition = kind === 0x0c03;
  if (kind !== 0x2003) return;
  item.skip(1); // length
  values.charging = item.u8() === 1;
  const level = item.u8();
  if (level >= 1 && level <= 6) values.battery = Math.floor((level * 100) / 6);
  values.batteryVoltage = item.u16() / 100;
  values.signal = item.u8();
  values.voltage = item.u16() / 100;
}

/** Item e1: cells with a location area of three bytes. */
function cells24(values: Values, item: Reader): void {
  const mcc = item.u16();
  const mnc = item.u16();
  const list: Values[] = [];
  while (item.left >= 8) list.push({ mcc, mnc, lac: item.u24(), cellId: item.u32(), level: item.u8() });
  setCells(values, list);
}

function lock(values: Values, item: Reader): void {
  const size = item.left;
  const state: Values = { command: item.u8() };
  if (size === 5 || size === 6) state.card = item.u32();
  else if (size >= 7) state.password = item.ascii(6);
  if (size % 2 === 0 && item.left > 0) state.result = item.u8();
  values.lock = state;
}

function climateTags(values: Values, item: Reader): void {
  const part = () => {
    const whole = item.i8();
    return (Math.abs(whole) + item.u8() / 255) * (whole < 0 ? -1 : 1);
  };
  const list: Values[] = [];
  while (item.left >= 11) {
    const index = item.u8();
    const mac = hex(item.take(6), ':');
    const temperature = part();
    list.push({ mac, temperature, humidity: part() });
    values[`temperature${index}`] = temperature;
  }
  values.tags = list;
}

/** Item f6 with a mask of what follows. */
function sensors(values: Values, item: Reader): void {
  const event = item.u8();
  values.event = event;
  if (event === 2) values.motion = true;
  const mask = item.u8();
  if (bit(mask, 0)) values.lightSensor = item.u16();
  if (bit(mask, 1)) values.temperature1 = item.i16() / 10;
  if (bit(mask, 2)) values.humidity = item.i16() / 10;
  if (bit(mask, 3)) values.acceleration = [[item.i16(), item.i16(), item.i16()]];
  if (bit(mask, 4)) item.skip(10); // thresholds
  if (bit(mask, 5)) values.pressure = item.u16();
}

/** Item eb: items with a length and a number of two bytes, a list of cells, or the zone as text. */
function nested(values: Values, content: Reader): void {
  const all = content.take(content.left);
  const item = new Reader(all);
  if (all.length > 2 && all.every((byte) => byte >= 32 && byte < 127)) {
    values.timezone = ascii(all);
    return;
  }
  if (all.length >= 8 && u16(all) > 200 && (all.length - 3) % 5 === 0) {
    const mcc = item.u16();
    const mnc = item.u8();
    const list: Values[] = [];
    while (item.left >= 5) list.push({ mcc, mnc, lac: item.u16(), cellId: item.u16(), level: item.u8() });
    setCells(values, list);
    return;
  }
  while (item.left >= 4) {
    const size = item.u16() - 2;
    const id = item.u16();
    const part = new Reader(item.take(size));
    const known = NESTED[id];
    if (known) known(values, part);
    else extra(values, `eb${hex(be(id, 2))}`, part);
  }
}

const NESTED: Record<number, Item> = {
  1: number('fuelVolume', 10),
  35: (values, item) => {
    values.fuelVolume2 = Number(item.ascii(6));
  },
  45: (values, item) => {
    if (item.left === 4) values.voltage = item.u32() / 1_000;
    else values.batteryVoltage = item.u16() / 1_000;
  },
  137: (values, item) => {
    const state = item.u32();
    if (!bit(state, 12)) addAlarm(values, 'removing');
    if (!bit(state, 0)) addAlarm(values, 'powerOff');
  },
  178: (values, item) => {
    values.iccid = item.hex(10).replace(/f+$/, '');
  },
  185: (values, item) => {
    item.skip(1);
    const parts = item.ascii(item.left).split(',');
    values.wifi = Array.from({ length: Math.floor(parts.length / 2) }, (_, i) => ({
      mac: parts[2 * i],
      rssi: Number(parts[2 * i + 1]),
    }));
  },
  197: (values, item) => {
    const state = item.u32();
    if (!bit(state, 6)) addAlarm(values, 'vibration');
    const moving = bits(state, 23, 2);
    if (moving < 2) values.motion = moving === 0;
  },
  198: (values, item) => {
    if ([3, 4].includes(item.u8())) addAlarm(values, 'lowBattery');
  },
  206: number('voltage', 100),
  216: (values, item) => {
    Object.assign(values, { mcc: item.u16(), mnc: item.u8(), lac: item.u16(), cellId: item.u32() });
  },
  168: number('battery'),
  225: number('battery'),
};

// --- engine data ------------------------------------------------------------------------------------------------------

const ENGINE: Record<number, Item> = {
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

const ENGINE_LONG: Record<number, Item> = {
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

function engineText(values: Values, line: string): void {
  for (const [i, value] of line.trim().split(',').slice(1).entries()) {
    const key = ENGINE_TEXT[i];
    if (key !== undefined && value !== '' && Number.isFinite(Number(value))) values[key] = Number(value);
  }
}

// --- one function for each message ------------------------------------------------------------------------------------

type Decoder = (message: Message) => Result[];

const one = (fill: (values: Values, body: Reader, message: Message) => Date | undefined): Decoder => {
  return (message) => {
    const values: Values = {};
    const time = fill(values, message.body, message);
    return Object.keys(values).length > 0 ? [{ values, ...(time && { time }) }] : [];
  };
};

function unknown({ type, part, body }: Message): Result[] {
  if (body.left === 0) return [];
  const raw = body.hex(body.left);
  return [{ values: { messageType: type, raw, ...(part && { index: part.index, count: part.total }) } }];
}

const gbk = (body: Reader, size: number): string =>
  decodeText(body.take(size), 'gbk').replaceAll('\0', '').trim();

const registration = one((values, body, { version }) => {
  const [maker, model, id] = version !== undefined ? [11, 30, 30] : body.left < 37 ? [5, 8, 7] : [5, 20, 7];
  values.province = body.u16();
  values.city = body.u16();
  values.maker = gbk(body, maker);
  if (body.left < model + id + 1) return;
  values.model = gbk(body, model);
  values.serial = gbk(body, id);
  values.plateColour = body.u8();
  values.plate = gbk(body, body.left);
});

const attributes = one((values, body, { version }) => {
  values.terminalType = body.u16();
  values.maker = gbk(body, 5);
  values.model = gbk(body, version === undefined ? 20 : 30);
  values.serial = gbk(body, version === undefined ? 7 : 30);
  values.iccid = body.hex(10);
  if (body.left > 0) values.hardware = gbk(body, body.u8());
  if (body.left > 0) values.firmware = gbk(body, body.u8());
});

/** Why a terminal did not do what it was told; 0: it did. */
const REFUSALS = ['', 'failed', 'the message is wrong', 'not supported'];

function generalAnswer({ body }: Message): Result[] {
  const values = { commandIndex: body.u16(), command: body.u16(), result: body.u8() };
  const refused = values.result > 0 && (REFUSALS[values.result] ?? `result ${values.result}`);
  return [{ values, answers: values.commandIndex, refused }];
}

/** What answers a command with more than its success begins with the command's serial number. */
const answering = (decode: Decoder): Decoder => {
  return (message) => {
    const results = decode(message);
    const answers = results[0]?.values?.commandIndex;
    return typeof answers === 'number' ? [{ ...results[0], answers }, ...results.slice(1)] : results;
  };
};

function locationAnswer(message: Message): Result[] {
  const index = message.body.u16();
  const result = location(message.body, message.zone);
  return [{ ...result, values: { commandIndex: index, ...result.values } }];
}

function batch(message: Message): Result[] {
  const { type, body, zone } = message;
  if (type === 0x0210 && body.left === 7) {
    const battery = body.u8();
    const time = date(body, zone);
    return [{ values: { battery }, ...(time && { time }) }];
  }
  const count = type === 0x0704 ? body.u16() : undefined;
  const archive = type === 0x0704 ? body.u8() > 0 : false;
  const results: Result[] = [];
  while (body.left > 0) {
    const size = type === 0x0704 ? body.u16() : body.u8();
    const result = location(new Reader(body.take(size)), zone);
    results.push({ ...result, values: { ...result.values, ...(archive && { archive }) } });
  }
  if (count !== undefined && count !== results.length)
    throw new Error(`the batch announces ${count} positions and has ${results.length}`);
  return results;
}

const driver = one((values, body, { zone }) => {
  values.cardStatus = body.u8();
  const time = date(body, zone);
  if (body.left === 0) return time;
  values.cardResult = body.u8();
  if (body.left === 0) return time;
  values.driver = gbk(body, body.u8());
  values.certificate = gbk(body, 20);
  values.agency = gbk(body, body.u8());
  return time;
});

const canBus = one((values, body) => {
  const count = body.u16();
  body.skip(5); // time of the day
  values.canData = Array.from({ length: count }, () => ({ id: body.u32(), data: body.hex(8) }));
});

function mediaOf(body: Reader): Values {
  return { id: body.u32(), type: body.u8(), format: body.u8(), event: body.u8(), channel: body.u8() };
}

function mediaUpload({ body, zone }: Message): Result[] {
  const media = mediaOf(body);
  const { values, time } = location(new Reader(body.take(28)), zone);
  return [{ values: { ...values, media: { ...media, bytes: body.left } }, ...(time && { time }) }];
}

const settings = one((values, body) => {
  values.commandIndex = body.u16();
  const count = body.u8();
  const list: Values = {};
  for (let i = 0; i < count; i++) list[hex(be(body.u32(), 4))] = body.hex(body.u8());
  values.settings = list;
});

const acceleration = one((values, body, { zone }) => {
  const list: number[][] = [];
  let first: Date | undefined;
  while (body.left >= 12) {
    first ??= date(body, zone);
    if (list.length > 0) body.skip(6);
    list.push([signed16(body.u16()), signed16(body.u16()), signed16(body.u16())]);
  }
  values.acceleration = list;
  return first;
});

/** Types 5501 and 5502: coordinates in BCD degrees and minutes, the clock in UTC. */
const lockLocation = one((values, body, { type }) => {
  const digits = bcd(body.take(6));
  const at = (n: number) => digits.slice(2 * n, 2 * n + 2);
  const reordered = fromHex(at(2) + at(1) + at(0) + digits.slice(6));
  const nine = hex(body.take(9));
  const flags = Number.parseInt(nine[17] ?? '', 16);
  const degrees = (text: string, size: number) =>
    Number(text.slice(0, size)) + Number(text.slice(size)) / 600_000;
  const latitude = degrees(nine.slice(0, 8), 2);
  const longitude = degrees(nine.slice(8, 17), 3);
  if (!(latitude <= 90 && longitude <= 180)) throw new RangeError('no such place');
  values.valid = type !== 0x5502;
  values.latitude = (bit(flags, 1) ? latitude : -latitude) + 0;
  values.longitude = (bit(flags, 2) ? longitude : -longitude) + 0;
  values.speed = Number(bcd(body.take(1))) * 1.852;
  values.course = body.u8() * 2;
  values.signal = body.u8();
  values.satellites = body.u8();
  values.odometer = body.u32();
  const battery = body.u8();
  if (battery <= 100) values.battery = battery;
  else if (battery === 0xaa || battery === 0xab) values.charging = true;
  values.cellId = body.u32();
  values.lac = body.u16();
  lockStatus(values, body);
  items(body, values, LOCK_ITEMS);
  return dateBcd(reordered, 0);
});

function lockStatus(values: Values, body: Reader): void {
  const product = body.u8();
  const status = body.u16();
  const alarms = body.u16();
  values.status = status;
  if (product === 3) values.blocked = bit(status, 5);
  const names = LOCK_ALARMS[product] ?? [];
  for (const [n, name] of names.entries()) if (bit(alarms, n)) addAlarm(values, name);
}

const LOCK_ALARMS: Record<number, (string | undefined)[]> = {
  1: ['lowPower'],
  2: ['lowPower'],
  3: ['overspeed', 'lowPower', 'vibration', 'lowBattery', undefined, 'geofenceEnter', 'geofenceExit'],
};

const LOCK_ITEMS: Record<number, Item> = {
  2: (values, item) => {
    values.altitude = item.i16();
  },
  10: (values, item) => {
    if (item.left === 3) Object.assign(values, { mcc: item.u16(), mnc: item.u8() });
  },
  11: lock,
  12: (values, item) => {
    values.tilt = [item.i16(), item.i16(), item.i16()];
  },
  16: number('wakeSource'),
  252: number('geofence'),
};

// --- type 0900: data that passes through the terminal -----------------------------------------------------------------

const transparent = one((values, body, { bytes, zone }) => {
  const kind = body.u8();
  if (kind === 0x53 || kind === 0x54) return sensorList(values, body, zone, kind);
  if (kind === 0xff) return trace(values, body, zone);
  if (kind === 0xf0) return vehicle(values, body, zone);
  if (kind === 0x40) {
    if (body.left > 2 && bytes[body.at] === 0) body.skip(2); // length
    serialText(values, body.ascii(body.left).trim());
  } else if (kind === 0x41) engineText(values, body.ascii(body.left));
  else {
    values.messageType = 0x0900;
    values.type = kind;
    values.raw = body.hex(body.left);
  }
  return undefined;
});

const VEHICLE: Record<number, Item> = {
  258: number('odometer', 10),
  1320: number('odometer', 10),
  1350: number('odometer', 10),
  259: number('fuelVolume', 100),
  1322: number('fuelVolume', 100),
  1323: number('fuel'),
  1325: number('coolantTemperature', 1, -40),
  1328: number('voltage', 1_000),
  1333: number('obdSpeed', 10),
  1334: number('rpm'),
  1335: number('fuelConsumption', 100),
  1351: number('throttle'),
  65260: text('vin'),
};

const VEHICLE_ALARMS: Record<number, string> = {
  1: 'powerRestored',
  2: 'powerCut',
  14: 'idle',
  26: 'hardAcceleration',
  27: 'hardBraking',
  28: 'hardCornering',
  35: 'fatigue',
  37: 'overspeed',
  38: 'accident',
  39: 'accident',
  40: 'accident',
  49: 'door',
  50: 'door',
};

/** Kind f0: engine data (1), trouble codes (2) or alarms (3), each with the place. */
function vehicle(values: Values, body: Reader, zone: number): Date | undefined {
  const time = date(body, zone);
  if (body.u8() > 0) values.archive = true;
  body.skip(1); // kind of the vehicle
  const kind = body.u8();
  if (kind < 1 || kind > 3) {
    values.messageType = 0x0900;
    values.type = kind;
    values.raw = body.hex(body.left);
    return time;
  }
  if (kind === 1) engineItems(values, body);
  else if (kind === 2) values.faultCodes = troubleCodes(body);
  else
    for (let count = body.u8(); count > 0; count--) {
      addAlarm(values, VEHICLE_ALARMS[body.u8()]);
      body.skip(body.u8());
    }
  place(body, values);
  return time;
}

function engineItems(values: Values, body: Reader): void {
  const others: Values = {};
  for (let count = body.u8(); count > 0; count--) {
    const id = body.u16();
    const item = new Reader(body.take(body.u8()));
    const known = VEHICLE[id];
    if (known) known(values, item);
    else others[hex(be(id, 2))] = item.hex(item.left);
  }
  if (Object.keys(others).length > 0) values.obd = others;
}

function troubleCodes(body: Reader): string[] {
  const codes: string[] = [];
  for (let count = body.u16(); count > 0; count--) {
    body.skip(4); // system
    for (let faults = body.u16(); faults > 0; faults--) {
      body.skip(8); // code and state as numbers
      codes.push(body.ascii(body.u16()).trim());
    }
  }
  return codes;
}

function serialText(values: Values, line: string): void {
  const driverId = /^GTSL\|[^|]*\|[^|]*\|[^|]*\|(\w+)/.exec(line)?.[1];
  if (driverId === undefined) values.message = line;
  else values.driver = driverId;
}

function trace(values: Values, body: Reader, zone: number): Date | undefined {
  const time = date(body, zone);
  values.valid = true;
  values.latitude = body.i32() / 1e6;
  values.longitude = body.i32() / 1e6;
  motion(body, values);
  return time;
}

function sensorList(values: Values, body: Reader, zone: number, kind: number): Date | undefined {
  place(body, values);
  motion(body, values);
  const time = date(body, zone);
  if (kind === 0x53) values.tags = tagList(body);
  else {
    const samples: Values[] = [];
    while (body.left >= 8) samples.push(sample(body, zone));
    values.samples = samples;
    const { time: _, ...latest } = samples.at(-1) ?? {};
    Object.assign(values, latest);
  }
  return time;
}

function tagList(body: Reader): Values[] {
  body.skip(1); // number of all tags
  const list: Values[] = [];
  while (body.left >= 9) {
    const index = body.u8() + 1;
    const mac = hex(body.take(6), ':');
    list.push({ index, mac, rssi: body.i8(), data: body.hex(body.u8()) });
  }
  return list;
}

function sample(body: Reader, zone: number): Values {
  const mask = body.u16();
  const time = date(body, zone)?.toISOString();
  const values: Values = { time };
  if (bit(mask, 0)) values.lightSensor = body.u16();
  if (bit(mask, 1)) {
    values.temperature = body.i16() / 10;
    values.humidity = body.i16() / 10;
  }
  if (bit(mask, 2)) values.temperature3 = body.i16() / 10;
  if (bit(mask, 3)) values.acceleration = [[body.i16(), body.i16(), body.i16()]];
  if (bit(mask, 4)) values.pressure = body.u16();
  return values;
}

const DECODERS: Record<number, Decoder> = {
  1: generalAnswer,
  2: one((values, body) => {
    if (body.left < 3) return;
    values.battery = body.u8();
    values.signal = body.u8();
    values.status = body.u8();
  }),
  256: registration,
  258: () => [],
  260: answering(settings),
  263: attributes,
  265: () => [],
  512: ({ body, zone }) => [location(body, zone)],
  513: answering(locationAnswer),
  528: batch,
  1280: answering(locationAnswer),
  1793: one((values, body) => {
    values.message = gbk(body, Math.min(body.u32(), body.left));
  }),
  1794: driver,
  1796: batch,
  1797: canBus,
  2048: one((values, body) => {
    values.media = mediaOf(body);
  }),
  2049: mediaUpload,
  2304: transparent,
  4103: () => [],
  4864: one((values, body) => {
    values.commandIndex = body.u16();
    values.message = decodeText(body.take(body.left), 'utf-16be').trim();
  }),
  8304: acceleration,
  21761: lockLocation,
  21762: lockLocation,
  24582: one((values, body) => {
    body.skip(1); // encoding
    values.message = gbk(body, body.left);
  }),
};
