// Teltonika trackers, after "Teltonika data sending protocols" and the tables of AVL elements of the FMB family.
//
//   login    LENGTH (2)  IMEI in ASCII                                     answer 01, or 00 where the device is unknown
//   packet   00000000  LENGTH (4)  CODEC  COUNT  records  COUNT  0000 CRC  answer: the count in 4 bytes
//   record   time (8, ms)  priority  longitude  latitude  altitude  angle  satellites  speed  event  elements
//   ping     ff
import {
  ascii,
  bcd,
  be,
  bit,
  concat,
  crc16arc,
  dateUnix,
  hex,
  i8,
  i16,
  i32,
  Reader,
  u8,
  u16,
  u64,
  utf8,
} from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  answers?: string;
  refused?: string;
}

const CODEC_7 = 0x07;
const CODEC_8 = 0x08;
const CODEC_12 = 0x0c;
const CODEC_13 = 0x0d;
const CODEC_14 = 0x0e;
const CODEC_15 = 0x0f;
const CODEC_16 = 0x10;
const CODEC_8_EXTENDED = 0x8e;

const ACCEPTED = Uint8Array.of(1);
const REFUSED = Uint8Array.of(0);

export function identify(bytes: Uint8Array) {
  if (!isLogin(bytes)) return undefined;
  return { id: imei(bytes), reply: ACCEPTED, refusal: REFUSED, consumed: true };
}

export function uplink(bytes: Uint8Array): Result | Result[] | undefined {
  if (bytes.length === 1) return undefined; // ping
  if (isLogin(bytes)) {
    imei(bytes);
    return { reply: ACCEPTED };
  }
  const reader = new Reader(bytes, 8, bytes.length - 4);
  const codec = reader.u8();
  const count = reader.u8();
  const results: Result[] = [];
  for (let i = 0; i < count; i++) results.push(record(reader, codec));
  const again = reader.u8();
  if (again !== count || reader.left > 0)
    throw new Error(
      `the packet announces ${count} records and ends with ${again}, ${reader.left} bytes too early`,
    );
  if (codec < CODEC_12 || codec > CODEC_15) results.push({ reply: be(count, 4) });
  return results;
}

export function downlink({ values }: { values: { method: string; params?: Values } }) {
  const text = command(values.method, values.params ?? {});
  const body = concat(CODEC_12, 1, 5, be(text.length, 4), text, 1);
  return { send: concat(be(0, 4), be(body.length, 4), body, be(crc16arc(body), 4)), id: COMMAND };
}

/** Commands of codec 12 are answered in their order, without a number. */
const COMMAND = 'command';
/** Types of codecs 12 to 14: an answer to a command, and that a command was not done. */
const ANSWER = 6;
const NOT_DONE = 0x11;

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return `setdigout ${params.on ? 1 : 0}`;
    case 'locate':
      return 'getgps';
    case 'interval':
      return `setparam 10050:${Number(params.seconds)}`;
    case 'reboot':
      return 'cpureset';
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, interval, reboot or text`);
  }
}

const isLogin = (bytes: Uint8Array): boolean => bytes.length > 2 && u16(bytes) > 0;

function imei(bytes: Uint8Array): string {
  const id = ascii(bytes.subarray(2));
  if (!/^[0-9A-Za-z]+$/.test(id)) throw new Error('the login holds no IMEI');
  return id;
}

function record(reader: Reader, codec: number): Result {
  switch (codec) {
    case CODEC_7:
      return compactRecord(reader);
    case CODEC_8:
    case CODEC_16:
    case CODEC_8_EXTENDED:
      return avlRecord(reader, codec);
    case CODEC_12:
    case CODEC_13:
    case CODEC_14:
    case CODEC_15:
      return textRecord(reader, codec);
    default: {
      // Nothing says where a record of an unknown codec ends: take all of them.
      const raw = hex(reader.take(reader.left - 1));
      return { values: { raw } };
    }
  }
}

// --- records of codecs 8, 8 extended and 16 ---------------------------------------------------------------------------

function avlRecord(reader: Reader, codec: number): Result {
  const wideIds = codec !== CODEC_8;
  const wideCounts = codec === CODEC_8_EXTENDED;
  const time = new Date(Number(reader.u64()));
  if (Number.isNaN(time.getTime())) throw new RangeError('the time of a record is impossible');
  const values: Values = { priority: reader.u8() };
  location(reader, values);
  const event = wideIds ? reader.u16() : reader.u8();
  values.event = event;
  if (codec === CODEC_16) values.generation = reader.u8();
  reader.skip(wideCounts ? 2 : 1); // number of all elements
  for (const size of [1, 2, 4, 8]) elements(reader, values, size, ELEMENTS[size]!, wideIds, wideCounts);
  if (wideCounts) longElements(reader, values);
  if (event === 255) values.alarm = 'overspeed';
  operator(values);
  return { values, time };
}

function location(reader: Reader, values: Values): void {
  const longitude = reader.i32() / 1e7;
  const latitude = reader.i32() / 1e7;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) throw new RangeError('no such place');
  values.latitude = latitude;
  values.longitude = longitude;
  values.altitude = reader.i16();
  values.course = reader.u16();
  const satellites = reader.u8();
  values.satellites = satellites;
  values.valid = satellites > 0;
  values.speed = reader.u16();
}

type Element = (values: Values, bytes: Uint8Array) => void;

function elements(
  reader: Reader,
  values: Values,
  size: number,
  table: Record<number, Element>,
  wideIds: boolean,
  wideCounts: boolean,
): void {
  let count = wideCounts ? reader.u16() : reader.u8();
  for (; count > 0; count--) {
    const id = wideIds ? reader.u16() : reader.u8();
    const bytes = reader.take(size);
    const known = table[id];
    if (known) known(values, bytes);
    else other(values, id, unsigned(bytes));
  }
}

function other(values: Values, id: number, value: unknown): void {
  values.io = { ...(values.io as Values | undefined), [id]: value };
}

function unsigned(bytes: Uint8Array): number | string {
  if (bytes.length === 8) {
    const value = u64(bytes);
    return typeof value === 'number' ? value : hex(bytes);
  }
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function signed(bytes: Uint8Array): number {
  return bytes.length === 1 ? i8(bytes) : bytes.length === 2 ? i16(bytes) : i32(bytes);
}

const number = (key: string, divisor = 1): Element => {
  return (values, bytes) => {
    values[key] = Number(unsigned(bytes)) / divisor;
  };
};
const relative = (key: string, divisor = 1): Element => {
  return (values, bytes) => {
    values[key] = signed(bytes) / divisor;
  };
};
const flag = (key: string): Element => {
  return (values, bytes) => {
    values[key] = bytes.some((byte) => byte > 0);
  };
};
/** By value: 0 is none. */
const alarm = (...names: (string | undefined)[]): Element => {
  return (values, bytes) => {
    const name = names[Number(unsigned(bytes))];
    if (name !== undefined) values.alarm = name;
  };
};

/** The same number means other things in another size on older devices. */
const ELEMENTS: Record<number, Record<number, Element>> = {
  1: {
    1: flag('input1'),
    2: flag('input2'),
    3: flag('input3'),
    4: flag('input4'),
    21: number('signal'),
    31: number('engineLoad'),
    32: relative('coolantTemperature'),
    69: number('gnssStatus'),
    80: number('dataMode'),
    113: number('battery'),
    175: alarm('geofenceExit', 'geofenceEnter'),
    179: flag('output1'),
    180: flag('output2'),
    200: number('sleepMode'),
    236: alarm(undefined, 'general'),
    239: flag('ignition'),
    240: flag('motion'),
    246: alarm(undefined, 'tow'),
    247: alarm(undefined, 'accident', 'accident', 'accident', 'accident', 'accident'),
    249: alarm(undefined, 'jamming'),
    251: alarm(undefined, 'idle'),
    252: alarm(undefined, 'powerCut'),
    253: alarm(undefined, 'hardAcceleration', 'hardBraking', 'hardCornering'),
    662: flag('door'),
  },
  2: {
    9: number('adc1', 1_000),
    10: number('adc2', 1_000),
    17: relative('accelerationX'),
    18: relative('accelerationY'),
    19: relative('accelerationZ'),
    25: relative('bleTemperature1', 100),
    26: relative('bleTemperature2', 100),
    27: relative('bleTemperature3', 100),
    28: relative('bleTemperature4', 100),
    36: number('rpm'),
    66: number('voltage', 1_000),
    67: number('batteryVoltage', 1_000),
    68: number('batteryCurrent', 1_000),
    181: number('pdop', 10),
    182: number('hdop', 10),
    205: number('cellId'),
    206: number('lac'),
  },
  4: {
    16: number('odometer', 1_000),
    72: relative('temperature1', 10),
    73: relative('temperature2', 10),
    74: relative('temperature3', 10),
    75: relative('temperature4', 10),
    199: number('tripDistance', 1_000),
    205: number('cellId'),
    241: number('operator'),
    636: number('cellId'),
  },
  8: {
    11: (values, bytes) => {
      values.iccid = String(u64(bytes));
    },
    78: (values, bytes) => {
      if (bytes.some((byte) => byte > 0)) values.driver = hex(bytes.slice().reverse()).toUpperCase();
    },
  },
};

function operator(values: Values): void {
  const code = values.operator;
  if (typeof code !== 'number' || code < 1_000) return;
  const digits = String(code);
  values.mcc = Number(digits.slice(0, 3));
  values.mnc = Number(digits.slice(3));
}

/** Codec 8 extended: elements with a length. */
function longElements(reader: Reader, values: Values): void {
  for (let count = reader.u16(); count > 0; count--) {
    const id = reader.u16();
    const bytes = reader.take(reader.u16());
    if (id === 256 || id === 325) values.vin = ascii(bytes);
    else if (id === 281) values.faultCodes = ascii(bytes).split(',');
    else if (id === 385) values.beacons = beacons(new Reader(bytes, 1));
    else if (TAG_LISTS.has(id)) values.beacons = tags(new Reader(bytes, 1));
    else other(values, id, hex(bytes));
  }
}

function beacons(reader: Reader): Values[] {
  const list: Values[] = [];
  while (reader.left > 0) {
    const flags = reader.u8();
    const beacon: Values =
      flags >> 4 > 0
        ? { uuid: hex(reader.take(16)), major: reader.u16(), minor: reader.u16() }
        : { id: hex(reader.take(16)) };
    beacon.rssi = reader.i8();
    if (bit(flags, 1)) beacon.battery = reader.u16() / 100;
    if (bit(flags, 2)) beacon.temperature = reader.i16();
    list.push(beacon);
  }
  return list;
}

const TAG_LISTS = new Set([548, 10828, 10829, 10831, 11317]);
const TAG_PARTS: Record<number, Element> = {
  0: relative('rssi'),
  1: (tag, bytes) => {
    tag.id = hex(bytes);
  },
  2: (tag, bytes) => {
    const flags = u8(bytes);
    if (bit(flags, 6)) tag.lowBattery = true;
    if (bit(flags, 7)) tag.battery = (u8(bytes, 1) * 10 + 2_000) / 1_000;
  },
  5: (tag, bytes) => {
    tag.name = utf8(bytes).replaceAll('\0', '');
  },
  6: relative('temperature', 100),
  7: number('humidity'),
  8: flag('magnet'),
  9: flag('motion'),
  10: number('motionCount'),
  11: relative('pitch'),
  12: relative('roll'),
  13: flag('lowBattery'),
  14: number('battery', 1_000),
  15: (tag, bytes) => {
    tag.mac = hex(bytes, ':');
  },
};

function tags(reader: Reader): Values[] {
  const list: Values[] = [];
  while (reader.left > 0) {
    const part = new Reader(reader.take(reader.u8()));
    const tag: Values = {};
    while (part.left > 0) TAG_PARTS[part.u8()]?.(tag, part.take(part.u8()));
    list.push(tag);
  }
  return list;
}

// --- records of codec 7 -----------------------------------------------------------------------------------------------

const YEAR_2007 = 1_167_609_600;

const COMPACT_ELEMENTS: Record<number, Element> = {
  1: number('battery'),
  5: number('uptime'),
  20: number('hdop', 10),
  21: number('vdop', 10),
  22: number('pdop', 10),
  67: number('batteryVoltage', 1_000),
  221: number('button'),
  222: alarm(undefined, 'sos'),
  240: flag('motion'),
};

/** Masks say which parts a record has: bit 0 the position, 1 to 3 the elements of 1, 2 and 4 bytes. */
function compactRecord(reader: Reader): Result {
  const time = dateUnix((reader.u32() & 0x3fffffff) + YEAR_2007);
  const parts = reader.u8();
  const values: Values = {};
  if (bit(parts, 0)) compactLocation(reader, values);
  for (const [n, size] of [1, 2, 4].entries())
    if (bit(parts, n + 1)) elements(reader, values, size, COMPACT_ELEMENTS, false, false);
  operator(values);
  return { values, time };
}

function compactLocation(reader: Reader, values: Values): void {
  const parts = reader.u8();
  if (bit(parts, 0)) {
    values.latitude = reader.f32();
    values.longitude = reader.f32();
    values.valid = true;
  }
  if (bit(parts, 1)) values.altitude = reader.u16();
  if (bit(parts, 2)) values.course = (reader.u8() * 360) / 256;
  if (bit(parts, 3)) values.speed = reader.u8();
  if (bit(parts, 4)) values.satellites = reader.u8();
  if (bit(parts, 5)) {
    values.lac = reader.u16();
    values.cellId = reader.u16();
  }
  if (bit(parts, 6)) values.signal = reader.u8();
  if (bit(parts, 7)) values.operator = reader.u32();
}

// --- codecs 12 to 15: what the device answers or its serial port received ---------------------------------------------

function textRecord(reader: Reader, codec: number): Result {
  const type = reader.u8();
  const part = new Reader(reader.take(reader.u32()));
  const values: Values = { type };
  const time = codec === CODEC_13 || codec === CODEC_15 ? dateUnix(part.u32()) : undefined;
  if (codec === CODEC_14 || codec === CODEC_15) values.deviceId = bcd(part.take(8)).replace(/^0/, '');
  const data = part.take(part.left);
  const printable = data.every(
    (byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127),
  );
  if (!printable) values.raw = hex(data);
  else text(values, ascii(data).trim());
  const answers = codec !== CODEC_13 && (type === ANSWER || type === NOT_DONE);
  return {
    values,
    ...(time && { time }),
    ...(answers && { answers: COMMAND }),
    ...(type === NOT_DONE && answers && { refused: 'not done' }),
  };
}

function text(values: Values, message: string): void {
  values.message = message;
  const driver = /^GTSL\|[^|]*\|[^|]*\|[^|]*\|(\w+)/.exec(message)?.[1];
  if (driver) values.driver = driver;
}
