// Galileosky trackers, after the maker's description of the data protocol.
//
//   01  LENGTH (2)  tags  CRC-16/MODBUS       bit 15 of LENGTH: more packets wait; answer 02 and the CRC as it came
//   07  LENGTH (2)  part  CRC                 photograph; answer 07 and the CRC
//   08  LENGTH (2)  compressed records  CRC
//   01  LENGTH (2, big-endian)  01 001c ..    the same through the gateway of Iridium, without a check
//
// Numbers are little-endian. A tag that comes again begins the next record.
import {
  BitReader,
  bit,
  bits,
  concat,
  crc16modbus,
  dateUnix,
  dateUTC,
  hex,
  le,
  Reader,
  u8,
} from 'fairlead:helpers';

interface Context {
  time: number;
  identity?: string;
  state: { serial?: number };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  /** The command that it answers, by its number. */
  answers?: string;
}

const isIridium = (bytes: Uint8Array): boolean =>
  bytes[0] === 1 && bytes[3] === 1 && bytes[4] === 0 && bytes[5] === 0x1c;

export function identify(bytes: Uint8Array) {
  if (isIridium(bytes)) return { id: new Reader(bytes, 10).ascii(15) };
  if (bytes[0] !== 1) return undefined;
  const id = tagged(new Reader(bytes, 3, bytes.length - 2)).find(({ id }) => id !== undefined)?.id;
  return id === undefined ? undefined : { id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result[] {
  if (isIridium(bytes)) return [satellite(bytes)];
  const body = new Reader(bytes, 3, bytes.length - 2);
  const check = bytes.slice(bytes.length - 2);
  if (bytes[0] === 7) return [photo(body, check)];
  const results: Result[] = bytes[0] === 8 ? compressed(body, ctx.time) : records(body);
  return [...results, { reply: concat(2, check) }];
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const text = command(values.method, values.params ?? {});
  const serial = ctx.state.serial ?? 0;
  ctx.state.serial = (serial + 1) % 2 ** 31;
  const tags = concat(3, ctx.identity ?? '', 4, le(0, 2), 0xe0, le(serial, 4), 0xe1, text.length, text);
  const packet = concat(1, le(tags.length, 2), tags);
  return { send: concat(packet, le(crc16modbus(packet), 2)), id: String(serial) };
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return `Out 0,${params.on ? 1 : 0}`;
    case 'locate':
      return 'Status';
    case 'reboot':
      return 'Reset';
    case 'text':
      return String(params.text).slice(0, 255);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, reboot or text`);
  }
}

// --- tags -------------------------------------------------------------------------------------------------------------

interface Entry {
  id?: string;
  values: Values;
  time?: Date | undefined;
}

function records(body: Reader): Result[] {
  return tagged(body)
    .filter(({ values }) => Object.keys(values).some((key) => key !== 'deviceId' && key !== 'deviceNumber'))
    .map(({ values, time }) => ({
      values,
      ...(time && { time }),
      // An answer repeats the number of its command.
      ...(values.message !== undefined && values.index !== undefined && { answers: String(values.index) }),
    }));
}

function tagged(body: Reader): Entry[] {
  let entry: Entry = { values: {} };
  const entries = [entry];
  const seen = new Set<number>();
  let id: string | undefined;
  while (body.left > 0) {
    const tag = body.u8();
    if (seen.has(tag)) {
      seen.clear();
      entry = { values: id === undefined ? {} : { deviceId: id } };
      entries.push(entry);
    }
    seen.add(tag);
    if (tag === 3) {
      id = imei(body.ascii(15));
      entry.id = id;
      entry.values.deviceId = id;
    } else read(entry, tag, body);
  }
  return entries;
}

function imei(text: string): string {
  if (!/^\d{15}$/.test(text)) throw new Error('the IMEI is not 15 digits');
  return text;
}

function read(entry: Entry, tag: number, body: Reader): void {
  const { values } = entry;
  const known = TAGS[tag];
  if (tag === 0x20) entry.time = dateUnix(body.u32le());
  else if (known) known(values, body);
  else if (!ranged(values, tag, body)) {
    const size = SIZES[tag];
    if (size === undefined) values.raw = hex(Uint8Array.of(tag)) + body.hex(body.left);
    else put(values, 'can', hex(Uint8Array.of(tag)), body.hex(size));
  }
}

function put(values: Values, key: string, name: string | number, value: unknown): void {
  values[key] = { ...(values[key] as Values | undefined), [name]: value };
}

function place(values: Values, body: Reader): void {
  const flags = body.u8();
  values.valid = flags >> 4 === 0;
  if (flags >> 4 > 0) values.positionSource = flags >> 4;
  values.satellites = flags & 15;
  const latitude = body.i32le() / 1e6;
  const longitude = body.i32le() / 1e6;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) throw new RangeError('no such place');
  values.latitude = latitude;
  values.longitude = longitude;
}

type Tag = (values: Values, body: Reader) => void;

const word = (key: string, divisor = 1): Tag => {
  return (values, body) => {
    values[key] = body.u16le() / divisor;
  };
};

const TAGS: Record<number, Tag> = {
  1: (values, body) => {
    values.hardware = body.u8();
  },
  2: (values, body) => {
    values.firmware = body.u8();
  },
  4: word('deviceNumber'),
  16: word('index'),
  48: place,
  51: (values, body) => {
    values.speed = body.u16le() / 10;
    values.course = body.u16le() / 10;
  },
  52: (values, body) => {
    values.altitude = body.i16le();
  },
  53: (values, body) => {
    values.hdop = body.u8() / 10;
  },
  64: word('status'),
  65: word('voltage', 1_000),
  66: word('batteryVoltage', 1_000),
  67: (values, body) => {
    values.temperature = body.i8();
  },
  68: (values, body) => {
    const packed = body.u32le();
    values.acceleration = [bits(packed, 0, 10), bits(packed, 10, 10), bits(packed, 20, 10)];
  },
  69: word('outputs'),
  70: word('inputs'),
  71: (values, body) => {
    values.ecoDriving = [body.u8(), body.u8(), body.u8(), body.u8()];
  },
  72: (values, body) => put(values, 'can', '48', body.u16le()),
  144: (values, body) => {
    const driver = body.u32le();
    if (driver > 0) values.driver = String(driver);
  },
  192: (values, body) => {
    values.fuelUsed = body.u32le() / 2;
  },
  193: (values, body) => {
    values.fuel = Math.round(body.u8() * 4) / 10;
    values.coolantTemperature = body.u8() - 40;
    values.rpm = body.u16le() / 8;
  },
  212: (values, body) => {
    values.odometer = body.u32le() / 1_000;
  },
  224: (values, body) => {
    values.index = body.u32le();
  },
  225: (values, body) => {
    values.message = body.ascii(body.u8());
  },
  234: (values, body) => put(values, 'user', 'array', body.hex(body.u8())),
  254: (values, body) => {
    values.extended = body.hex(body.u16le());
  },
};

const within = (tag: number, first: number, last: number): boolean => tag >= first && tag <= last;

/** Tags of which several differ in their number only. */
function ranged(values: Values, tag: number, body: Reader): boolean {
  if (within(tag, 0x50, 0x57)) values[`adc${tag - 0x4f}`] = body.u16le();
  else if (within(tag, 0x58, 0x59)) put(values, 'fuelSensors', `rs232-${tag - 0x58}`, body.u16le());
  else if (within(tag, 0x60, 0x62)) put(values, 'fuelSensors', tag - 0x60, body.u16le());
  else if (within(tag, 0x63, 0x6f)) {
    put(values, 'fuelSensors', tag - 0x60, body.u16le());
    put(values, 'fuelTemperatures', tag - 0x60, body.i8());
  } else if (within(tag, 0x70, 0x77)) temperature(values, tag - 0x6f, body);
  else if (within(tag, 0x80, 0x87)) {
    temperature(values, tag - 0x7f, body);
    put(values, 'humidities', tag - 0x80, Math.round((body.u8() * 1_000) / 255) / 10);
  } else if (within(tag, 0xe2, 0xe9)) put(values, 'user', tag - 0xe2, body.u32le());
  else if (within(tag, 0xa0, 0xaf) || within(tag, 0xc4, 0xd2)) canValue(values, tag, body.u8());
  else if (within(tag, 0xb0, 0xb9) || within(tag, 0xd6, 0xda)) canValue(values, tag, body.u16le());
  else if (within(tag, 0xdb, 0xdf) || within(tag, 0xf0, 0xf9) || tag === 0xc2 || tag === 0xc3)
    canValue(values, tag, body.u32le());
  else return false;
  return true;
}

function canValue(values: Values, tag: number, value: number): void {
  put(values, 'can', tag.toString(16), value);
}

/** Number of the sensor, degrees; -128 is none. */
function temperature(values: Values, n: number, body: Reader): void {
  body.skip(1);
  const degrees = body.i8();
  if (degrees !== -128) values[`temperature${n}`] = degrees;
}

/** Sizes of further tags, whose content is kept as it is. */
const SIZES: Record<number, number> = {
  90: 4,
  91: 7,
  92: 68,
  93: 3,
  136: 1,
  137: 1,
  138: 1,
  139: 1,
  140: 1,
  211: 4,
  213: 1,
  250: 3,
  253: 8,
};

// --- other packets ----------------------------------------------------------------------------------------------------

function photo(body: Reader, check: Uint8Array): Result {
  const part = body.u8();
  const values: Values = { event: 'photo', part, size: body.left };
  return { values, reply: concat(7, check) };
}

/** Records with a minimum of data: seconds of the year, validity, place, alarm; then a list of tags and their contents. */
function compressed(body: Reader, now: number): Result[] {
  const results: Result[] = [];
  while (body.left > 0) {
    const values: Values = {};
    const time = minimum(values, body.take(10), now);
    const tags = [...body.take(body.u8() & 0x7f)];
    const entry: Entry = { values, time };
    for (const tag of tags) read(entry, tag, body);
    results.push({ values, time: entry.time ?? time });
  }
  return results;
}

const DAY = 86_400_000;

function minimum(values: Values, packed: Uint8Array, now: number): Date {
  const reader = new BitReader(packed);
  reader.skip(1);
  const seconds = reader.bits(25);
  values.valid = !reader.flag();
  values.longitude = (360 * reader.bits(22)) / 2 ** 22 - 180;
  values.latitude = (180 * reader.bits(21)) / 2 ** 21 - 90;
  if (reader.flag()) values.alarm = 'general';
  // The year is not sent: it is the last one in which the time is not in the future.
  const year = new Date(now).getUTCFullYear();
  const time = dateUTC(year, 1, 1).getTime() + seconds * 1_000;
  return new Date(time > now + DAY ? dateUTC(year - 1, 1, 1).getTime() + seconds * 1_000 : time);
}

/** Headers of the gateway: identity and time, coarse place, then the tags. Numbers of the headers are big-endian. */
function satellite(bytes: Uint8Array): Result {
  const reader = new Reader(bytes, 6);
  const index = reader.u32();
  const entry: Entry = { values: { deviceId: reader.ascii(15), index } };
  reader.skip(5); // state of the session, reserved
  entry.time = dateUnix(reader.u32());
  let data: Uint8Array | undefined;
  while (reader.left >= 3) {
    const kind = reader.u8();
    const content = reader.take(reader.u16());
    if (kind === 3) coarse(entry.values, new Reader(content));
    else if (kind === 2) data = content;
  }
  const tags = new Reader(data ?? new Uint8Array(0));
  while (tags.left > 0) read(entry, tags.u8(), tags);
  const { values, time } = entry;
  return { values, ...(time && { time }) };
}

function coarse(values: Values, part: Reader): void {
  const flags = u8(part.take(1));
  const latitude = part.u8() + part.u16() / 60_000;
  const longitude = part.u8() + part.u16() / 60_000;
  values.latitude = latitude * (bit(flags, 1) ? -1 : 1);
  values.longitude = longitude * (bit(flags, 0) ? -1 : 1);
  values.accuracy = part.u32() * 1_000;
}
