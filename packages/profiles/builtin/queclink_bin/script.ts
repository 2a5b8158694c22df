// Queclink trackers, after the HEX messages of the "@Track Air Interface Protocol".
//
//   +RSP +BSP  TYPE  MASK (4)  LENGTH (2)  model  protocol  firmware  ID (8)  battery  supply  ..  places  sent  count  CRC  0d 0a
//   +EVT +BVT  the same with what belongs to the event
//   +INF +BNF  TYPE  MASK (2)  LENGTH (2)  ID (8)  model  protocol  firmware  ..
//   +ACK +HBD  TYPE  MASK  LENGTH (1)  ..
//   + 00  LENGTH (2)  flags  IMEI (BCD, 8)  ..  records     later devices
//
// CRC-16/CCITT-FALSE from byte 4 on. The second letter B says that the message was stored.
import { ascii, BitReader, bcd, bit, bits, dateUnix, dateUTC, hex, Reader, u8 } from 'fairlead:helpers';

interface Context {
  parameters: { password: string };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
}

export function identify(bytes: Uint8Array) {
  const id = identity(bytes);
  return id === undefined ? undefined : { id };
}

export function uplink(bytes: Uint8Array): Result | Result[] | undefined {
  if (bytes[1] === 0) return packets(bytes);
  const head = ascii(bytes.subarray(1, 4));
  const decode = DECODERS[head];
  const results = decode ? decode(new Reader(bytes, 4, bytes.length - 4)) : [unknown(bytes)];
  const stored = head[0] === 'B' ? { archive: true } : {};
  const id = identity(bytes);
  for (const { values } of results)
    Object.assign(
      values as Values,
      stored,
      { messageType: `${head} ${u8(bytes, 4)}` },
      id === undefined ? {} : { deviceId: id },
    );
  return results;
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context): string {
  const { method, params = {} } = values;
  const { password } = ctx.parameters;
  switch (method) {
    case 'relay':
      return `AT+GTOUT=${password},${params.on ? 1 : 0},,,0,0,0,0,0,0,0,,,,,,,FFFF$`;
    case 'locate':
      return `AT+GTRTO=${password},1,,,,,,FFFF$`;
    case 'reboot':
      return `AT+GTRTO=${password},3,,,,,,FFFF$`;
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, reboot or text`);
  }
}

// --- identities -------------------------------------------------------------------------------------------------------

/** Where the eight bytes of the identity are, by header. */
const ID_AT: Record<string, number> = { RSP: 16, BSP: 16, EVT: 16, BVT: 16, INF: 9, BNF: 9, ACK: 12 };

/** The eight bytes as one number; devices that are set up so send their name. */
function identity(bytes: Uint8Array): string | undefined {
  if (bytes[1] === 0) {
    const at = bit(u8(bytes, 4), 7) ? 7 : 5;
    return bcd(bytes, at, 8).slice(1);
  }
  const at = ID_AT[ascii(bytes.subarray(1, 4))];
  if (at === undefined) return undefined;
  const raw = new Reader(bytes, at).take(8);
  const name = ascii(raw).replace(/\0+$/, '');
  if (/^[A-Za-z][\w-]+$/.test(name)) return name;
  return String(new Reader(raw).u64()).padStart(15, '0');
}

/** Two decimal digits a byte, as numbers: 56 32 54 03 00 03 43 05 (hex) is 865084030003675. */
function imei(raw: Uint8Array): string | undefined {
  if (raw.some((byte, n) => byte > (n === 7 ? 9 : 99))) return undefined;
  return [...raw].map((byte, n) => String(byte).padStart(n === 7 ? 1 : 2, '0')).join('');
}

function unknown(bytes: Uint8Array): Result {
  return { values: { raw: hex(bytes.subarray(4, bytes.length - 4)) } };
}

// --- reports and events -----------------------------------------------------------------------------------------------

function date(reader: Reader): Date | undefined {
  const year = reader.u16();
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = reader.take(5);
  return year === 0 ? undefined : dateUTC(year, month, day, hour, minute, second);
}

/** Type, mask, length, model, protocol, firmware, identity, battery in percent, supply in mV. */
function header(reader: Reader): { type: number; values: Values } {
  const type = reader.u8();
  reader.skip(6); // mask, length
  const values: Values = versions(reader);
  const unit = imei(reader.take(8));
  if (unit !== undefined) values.imei = unit;
  values.battery = reader.u8();
  values.voltage = reader.u16() / 1_000;
  return { type, values };
}

function versions(reader: Reader): Values {
  const deviceType = reader.u8();
  const protocolVersion = `${reader.u8()}.${reader.u8()}`;
  return { deviceType, protocolVersion, firmware: String(reader.u16()) };
}

function state(reader: Reader, values: Values): void {
  values.motionState = reader.hex(1);
  values.satellites = reader.u8();
}

/** Accuracy (0: last known), speed, course, altitude, place, time, cell. */
function place(reader: Reader, values: Values): Result {
  const accuracy = reader.u8();
  const here: Values = { ...values, valid: accuracy > 0, hdop: accuracy };
  here.speed = reader.u24() / 10;
  here.course = reader.u16();
  here.altitude = reader.i16();
  here.longitude = reader.i32() / 1e6;
  here.latitude = reader.i32() / 1e6;
  if (Math.abs(here.latitude as number) > 90 || Math.abs(here.longitude as number) > 180)
    throw new RangeError('no such place');
  const time = date(reader);
  Object.assign(here, { mcc: reader.u16(), mnc: reader.u16(), lac: reader.u16(), cellId: reader.u16() });
  reader.skip(1);
  return { values: here, ...(time && { time }) };
}

const CALLED = 3;
const GEOFENCE = 8;
const COMPRESSED = 100;

function report(reader: Reader): Result[] {
  const { type, values } = header(reader);
  if (type === GEOFENCE) reader.skip(2);
  state(reader, values);
  if (type === COMPRESSED) return track(reader, values);
  reader.skip(1); // number of the report
  if (type === CALLED) skipPhone(reader);
  return Array.from({ length: reader.u8() }, () => place(reader, values));
}

/** A number in BCD, which a digit f ends. */
function skipPhone(reader: Reader): void {
  reader.skip(1);
  for (let byte = reader.u8(); (byte & 15) !== 15 && byte >> 4 !== 15; ) byte = reader.u8();
}

/** A point each second: whole, or the difference to the point before, or one byte where there is none. */
function track(reader: Reader, values: Values): Result[] {
  const results: Result[] = [];
  const at = { speed: 0, course: 0, longitude: 0, latitude: 0 };
  let time = 0;
  for (let count = reader.u16(); count > 0; count--) {
    if (time > 0) time++;
    const first = reader.take(1);
    const kind = u8(first) >> 6;
    if (kind === 1) {
      const packed = new BitReader(Uint8Array.of(u8(first), ...reader.take(2)));
      packed.skip(3); // kind, way of the fix
      at.speed = packed.bits(12);
      at.course = packed.bits(9);
      at.longitude = reader.i32();
      at.latitude = reader.i32();
      if (time === 0) time = reader.u32();
    } else if (kind === 2) {
      const packed = new BitReader(Uint8Array.of(u8(first), ...reader.take(4)));
      packed.skip(3);
      at.speed += packed.signed(7);
      at.course += packed.signed(7);
      at.longitude += packed.signed(12);
      at.latitude += packed.signed(11);
    } else continue;
    results.push({
      values: {
        ...(results.length === 0 && values),
        valid: true,
        speed: at.speed / 10,
        course: at.course,
        longitude: at.longitude / 1e6,
        latitude: at.latitude / 1e6,
      },
      time: dateUnix(time),
    });
  }
  return results;
}

/** Bytes that belong to an event, and what it means. */
const EVENTS: Record<number, [size: number, meaning: Values]> = {
  6: [2, { alarm: 'lowBattery' }],
  15: [3, {}],
  17: [4, { alarm: 'idle' }],
  21: [5, {}],
  23: [1, { alarm: 'accident' }],
  26: [12, { alarm: 'geofence' }],
  31: [2, { alarm: 'jamming' }],
  33: [1, { alarm: 'jamming' }],
  34: [3, {}],
  35: [1, {}],
  45: [7, { ignition: true }],
  46: [7, { ignition: false }],
};

function event(reader: Reader): Result[] {
  const { type, values } = header(reader);
  state(reader, values);
  const [size, meaning] = EVENTS[type] ?? [0, {}];
  reader.skip(size);
  Object.assign(values, meaning, { event: type });
  return Array.from({ length: reader.u8() }, () => place(reader, values));
}

// --- information ------------------------------------------------------------------------------------------------------

/** Type, mask (2), length, identity, model, protocol, firmware; then fields that the mask chooses; sent, count. */
function information(reader: Reader): Result[] {
  reader.skip(1 + 2 + 2 + 8);
  const values = versions(reader);
  values.raw = reader.hex(Math.max(0, reader.left - 9));
  const time = date(reader);
  return [{ values, ...(time && { time }) }];
}

function acknowledgement(reader: Reader): Result[] {
  return [{ values: { message: 'ACK', raw: reader.hex(reader.left) } }];
}

const DECODERS: Record<string, (reader: Reader) => Result[]> = {
  RSP: report,
  BSP: report,
  EVT: event,
  BVT: event,
  INF: information,
  BNF: information,
  ACK: acknowledgement,
};

// --- later devices: records of data with a number and a length --------------------------------------------------------

/** One byte, or two where the top bit is set. */
function short(reader: Reader): number {
  const first = reader.u8();
  return bit(first, 7) ? ((first & 0x7f) << 8) | reader.u8() : first;
}

const POSITION = 0x52;

function packets(bytes: Uint8Array): Result[] {
  const reader = new Reader(bytes, 4, bytes.length - 4);
  if (bit(reader.u8(), 7)) reader.skip(2); // one of several
  const deviceId = identity(bytes);
  reader.skip(8);
  const values: Values = {
    deviceId,
    deviceType: reader.u16(),
    protocolVersion: `${reader.u8()}.${reader.u8()}`,
  };
  reader.skip(1);
  reader.skip(reader.u8());
  const results: Result[] = [];
  while (reader.left > 0) {
    const before = reader.left;
    const size = short(reader);
    results.push(...record(new Reader(reader.take(size - (before - reader.left))), values));
  }
  return results;
}

function record(reader: Reader, head: Values): Result[] {
  const generatedTime = dateUnix(reader.u32()).toISOString();
  const values: Values = {
    ...head,
    generatedTime,
    index: reader.u16(),
    messageType: `record ${reader.u8()}`,
  };
  values.event = reader.u8();
  let time: Date | undefined;
  while (reader.left > 0) {
    const number = short(reader);
    const part = new Reader(reader.take(short(reader)));
    if (number === POSITION) time = position(part, values);
    else values.raw = `${values.raw ?? ''}${number.toString(16)}:${part.hex(part.left)} `;
  }
  return [{ values, ...(time && { time }) }];
}

function position(part: Reader, values: Values): Date {
  values.valid = bits(part.u8(), 2, 2) === 2;
  values.longitude = part.i32() / 1e6;
  values.latitude = part.i32() / 1e6;
  const time = dateUnix(part.u32());
  values.speed = part.u16() / 10;
  values.hdop = part.u8() / 10;
  values.course = part.u16();
  values.altitude = part.i24() / 10;
  values.satellites = part.u8();
  return time;
}
