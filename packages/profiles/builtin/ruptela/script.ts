// Ruptela trackers, after "Ruptela server protocol".
//
//   LENGTH (2)  IMEI (u64)  COMMAND (1)  content  CRC-16/KERMIT      from the device
//   LENGTH (2)  COMMAND + 100 (1)  content  CRC-16/KERMIT            from the server
//
//   record   time (4)  extension (1, extended 2)  priority (1)  longitude  latitude  altitude (2)  angle (2)
//            satellites (1)  speed (2)  hdop (1)  event (1, extended 2)  elements of 1, 2, 4 and 8 bytes
import { ascii, be, concat, crc16kermit, dateUnix, hex, Reader, u64 } from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
}
interface Message {
  id: string;
  type: number;
  content: Reader;
}

export function identify(bytes: Uint8Array) {
  return { id: parse(bytes).id };
}

export function uplink(bytes: Uint8Array): Result[] {
  const message = parse(bytes);
  return (DECODERS[message.type] ?? unknown)(message);
}

export function downlink({ values }: { values: { method: string; params?: Values } }): Uint8Array {
  const { method, params = {} } = values;
  switch (method) {
    case 'relay':
      return packet(8, params.on ? 'pass immobilizer 10' : 'pass resetimmob');
    case 'locate':
      return packet(8, ' coords');
    case 'reboot':
      return packet(8, ' reset');
    case 'output':
      return packet(17, concat(be(Number(params.number), 4), be(Number(params.value), 4)));
    case 'version':
      return packet(3, '');
    case 'text':
      return packet(8, String(params.text));
    default:
      throw new Error(`unknown command ${method}: use relay, locate, reboot, output, version or text`);
  }
}

function parse(bytes: Uint8Array): Message {
  const reader = new Reader(bytes, 2, bytes.length - 2);
  return { id: String(reader.u64()).padStart(15, '0'), type: reader.u8(), content: reader };
}

function packet(type: number, content: Uint8Array | string): Uint8Array {
  const body = concat(type + 100, content);
  return concat(be(body.length, 2), body, be(crc16kermit(body), 2));
}

const accepted = (type: number): Result => ({ reply: packet(type, Uint8Array.of(1)) });

function unknown({ type, content }: Message): Result[] {
  return [{ values: { messageType: type, raw: content.hex(content.left) } }];
}

// --- records ----------------------------------------------------------------------------------------------------------

function records({ type, content }: Message): Result[] {
  const extended = type === 68;
  content.skip(1); // records that wait
  const results: Result[] = [];
  for (let count = content.u8(); count > 0; count--) record(content, extended, results);
  if (content.left > 0) throw new Error(`${content.left} bytes behind the last record`);
  return [...results, accepted(0)];
}

/** An extended record may be one part of several, which are joined. */
function record(reader: Reader, extended: boolean, results: Result[]): void {
  const time = dateUnix(reader.u32());
  reader.skip(1); // fraction of the second
  const part = extended ? reader.u8() : 0;
  reader.skip(1); // priority
  const continues = (part & 15) > 0 && (part & 15) <= part >> 4;
  const before = continues ? results.pop()?.values : undefined;
  const values: Values = { ...before };
  place(reader, values);
  values.event = extended ? reader.u16() : reader.u8();
  for (const size of [1, 2, 4, 8])
    for (let count = reader.u8(); count > 0; count--)
      element(values, extended ? reader.u16() : reader.u8(), reader.take(size));
  joinTexts(values);
  results.push({ values, time });
}

const NOWHERE = -0x80000000;

function place(reader: Reader, values: Values): void {
  const longitude = reader.i32();
  const latitude = reader.i32();
  if (longitude === NOWHERE || latitude === NOWHERE) {
    values.valid = false;
    reader.skip(8);
    return;
  }
  if (Math.abs(latitude) > 90e7 || Math.abs(longitude) > 180e7) throw new RangeError('no such place');
  values.valid = true;
  values.longitude = longitude / 1e7;
  values.latitude = latitude / 1e7;
  values.altitude = reader.u16() / 10;
  values.course = reader.u16() / 100;
  values.satellites = reader.u8();
  values.speed = reader.u16();
  values.hdop = reader.u8() / 10;
}

type Element = [key: string, scale?: number, signed?: 'signed'];

const ELEMENTS: Record<number, Element> = {
  2: ['input1'],
  3: ['input2'],
  4: ['input3'],
  5: ['input4'],
  20: ['adc3'],
  21: ['adc4'],
  22: ['adc1'],
  23: ['adc2'],
  29: ['voltage', 0.001],
  30: ['batteryVoltage', 0.001],
  32: ['temperature', 1, 'signed'],
  39: ['engineLoad'],
  65: ['odometer', 0.001],
  74: ['temperature3', 0.1, 'signed'],
  78: ['temperature1', 0.1, 'signed'],
  79: ['temperature2', 0.1, 'signed'],
  80: ['temperature3', 0.1, 'signed'],
  94: ['rpm', 0.25],
  95: ['obdSpeed'],
  98: ['fuel', 100 / 255],
  100: ['fuelConsumption', 0.05],
  150: ['operator'],
  163: ['odometer', 0.005],
  164: ['tripDistance', 0.005],
  165: ['obdSpeed', 1 / 256],
  166: ['rpm', 0.125],
  197: ['rpm', 0.125],
  205: ['fuelVolume', 0.1],
  207: ['fuel', 0.4],
  208: ['fuelUsed', 0.5],
  645: ['odometer'],
};
const FLAGS: Record<number, string> = {
  13: 'motion',
  170: 'charging',
  173: 'motion',
  251: 'ignition',
  409: 'ignition',
};
/** On when they are above zero. */
const ALARMS: Record<number, string> = {
  88: 'jamming',
  134: 'hardBraking',
  136: 'hardAcceleration',
  410: 'tow',
  411: 'accident',
};

function element(values: Values, id: number, bytes: Uint8Array): void {
  const known = ELEMENTS[id];
  if (id === 34) values.driver = hex(bytes);
  else if (known && bytes.length <= 4) values[known[0]] = scaled(bytes, known);
  else if (FLAGS[id] !== undefined) values[FLAGS[id]] = bytes.some((byte) => byte > 0);
  else if (ALARMS[id] !== undefined) {
    if (bytes.some((byte) => byte > 0)) values.alarm = ALARMS[id];
  } else if (id === 415 && bytes[0] === 0) values.alarm = 'antennaCut';
  else if (id === 758 && bytes[0] === 1) values.alarm = 'tampering';
  else values.io = { ...(values.io as Values | undefined), [id]: plain(bytes) };
  if (id === 150) operator(values);
}

/** Scales are powers of ten for most: dividing keeps the digits. */
function scaled(bytes: Uint8Array, [, scale = 1, signed]: Element): number {
  const size = 8 * bytes.length;
  const whole = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const value = signed && whole >= 2 ** (size - 1) ? whole - 2 ** size : whole;
  return scale < 1 ? value / (1 / scale) : value * scale;
}

function plain(bytes: Uint8Array): number | string {
  if (bytes.length < 8) return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const value = u64(bytes);
  return typeof value === 'number' ? value : hex(bytes);
}

function operator(values: Values): void {
  const digits = String(values.operator);
  if (digits.length < 4) return;
  values.mcc = Number(digits.slice(0, 3));
  values.mnc = Number(digits.slice(3));
}

/** Driver cards are two elements of eight characters each. */
function joinTexts(values: Values): void {
  const io = values.io as Record<string, unknown> | undefined;
  if (!io) return;
  for (const [first, second] of [
    ['126', '127'],
    ['155', '156'],
  ] as const) {
    const card = `${text(io[first])}${text(io[second])}`;
    if (io[first] !== undefined && io[second] !== undefined && /^[\w ]+$/.test(card))
      values.driver = card.trim();
  }
  if (io['760'] !== undefined && io['761'] !== undefined) values.tagId = `${io['760']}${io['761']}`;
}

function text(value: unknown): string {
  if (typeof value !== 'string') return '';
  const bytes = Uint8Array.from(value.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  return ascii(bytes);
}

// --- other messages ---------------------------------------------------------------------------------------------------

function troubleCodes({ content }: Message): Result[] {
  const results: Result[] = [];
  for (let count = content.u8(); count > 0; count--) {
    content.skip(1);
    const time = dateUnix(content.u32());
    const values: Values = { valid: true, longitude: content.i32() / 1e7, latitude: content.i32() / 1e7 };
    if (content.u8() === 2) values.archive = true;
    results.push({ values: { ...values, faultCodes: [content.ascii(5)] }, time });
  }
  return [...results, accepted(9)];
}

/** Kind, firmware, subscriber, network and coefficients. */
function identification({ content }: Message): Result[] {
  if (content.left < 27) return [accepted(15)];
  const values: Values = { model: content.ascii(4).replaceAll('\0', '') };
  values.firmware = content.ascii(11).replaceAll('\0', '');
  values.imsi = String(content.u64()).padStart(15, '0');
  values.operator = content.u32();
  operator(values);
  return [{ values }, accepted(15)];
}

/** A part of a file; the next one is asked for. */
function file({ type, content }: Message): Result[] {
  const subtype = content.u8();
  const source = content.u8();
  if (subtype !== 2) return [{ values: { messageType: type, raw: content.hex(content.left) } }];
  const name = content.take(8);
  const count = content.u16();
  const index = content.u16();
  const values = { event: 'file', file: ascii(name).replaceAll('\0', ''), count, index, size: content.left };
  if (index >= count - 1) return [{ values }];
  return [{ values, reply: packet(type, concat(subtype, source, name, be(index + 1, 2))) }];
}

const message: Decoder = ({ type, content }) => [
  { values: { messageType: type, message: content.ascii(content.left).trim() } },
];

type Decoder = (message: Message) => Result[];

const DECODERS: Record<number, Decoder> = {
  1: records,
  2: message,
  3: message,
  4: message,
  7: message,
  9: troubleCodes,
  15: identification,
  16: () => [accepted(16)],
  17: ({ content }) => [{ values: { messageType: 17, code: content.u8() } }],
  37: file,
  68: records,
};
