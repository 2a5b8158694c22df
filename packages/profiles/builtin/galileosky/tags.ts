// Tags of a record: what each number means.

import { bits, dateUnix, hex, type Reader } from 'fairlead:helpers';

export type Values = Record<string, unknown>;

export interface Entry {
  id?: string;
  values: Values;
  time?: Date | undefined;
}

export function read(entry: Entry, tag: number, body: Reader): void {
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
