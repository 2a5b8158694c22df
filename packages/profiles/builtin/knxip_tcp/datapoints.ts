// Datapoint types: bytes of a KNX telegram and values.

import { be, f32, f32Bytes, fromHex, hex, i8, i16, i32, latin1, u8, u16, u32 } from 'fairlead:helpers';

export type Values = Record<string, unknown>;

interface Type {
  /** 0: the six bits of the short form. */
  readonly size: number;
  readonly read: (bytes: Uint8Array) => unknown;
  readonly write: (value: unknown) => Uint8Array;
}

function float16(bytes: Uint8Array): number {
  const raw = u16(bytes);
  const mantissa = (raw & 0x7ff) - (raw & 0x8000 ? 0x800 : 0);
  return (mantissa * 2 ** ((raw >> 11) & 15)) / 100;
}

function toFloat16(value: number): Uint8Array {
  for (let exponent = 0; exponent < 16; exponent++) {
    const mantissa = Math.round((value * 100) / 2 ** exponent);
    if (mantissa >= -2_048 && mantissa <= 2_047)
      return be((mantissa < 0 ? 0x8000 : 0) | (exponent << 11) | (mantissa & 0x7ff), 2);
  }
  throw new Error(`${value} does not fit`);
}

function whole(size: number, read: (bytes: Uint8Array) => number, scale = 1): Type {
  return {
    size,
    read: (bytes) => read(bytes) * scale,
    write: (value) => be(Math.round(finite(value) / scale), size),
  };
}

export function finite(value: unknown): number {
  if (!Number.isFinite(Number(value))) throw new Error(`not a number: ${value}`);
  return Number(value);
}

const text14 = (value: unknown): Uint8Array =>
  Uint8Array.from({ length: 14 }, (_, i) => String(value).charCodeAt(i) & 0xff || 0);

const mainTypes: Record<string, Type> = {
  1: { size: 0, read: (bytes) => u8(bytes) % 2 === 1, write: (value) => Uint8Array.of(value ? 1 : 0) },
  2: { size: 0, read: (bytes) => u8(bytes) & 3, write: (value) => Uint8Array.of(finite(value) & 3) },
  3: { size: 0, read: (bytes) => u8(bytes) & 15, write: (value) => Uint8Array.of(finite(value) & 15) },
  5: whole(1, u8),
  6: whole(1, i8),
  7: whole(2, u16),
  8: whole(2, i16),
  9: { size: 2, read: float16, write: (value) => toFloat16(finite(value)) },
  10: {
    size: 3,
    read: (bytes) => [u8(bytes) & 31, u8(bytes, 1), u8(bytes, 2)].map(two).join(':'),
    write: timeOfDay,
  },
  11: { size: 3, read: dateOf, write: dateBytes },
  12: whole(4, u32),
  13: whole(4, i32),
  14: { size: 4, read: f32, write: (value) => f32Bytes(finite(value)) },
  16: { size: 14, read: (bytes) => latin1(bytes).replace(/\0.*$/s, ''), write: text14 },
  17: whole(1, (bytes) => u8(bytes) & 63),
  18: whole(1, u8),
  20: whole(1, u8),
  232: {
    size: 3,
    read: (bytes) => `#${hex(bytes)}`,
    write: (value) => fromHex(String(value).replace('#', '')),
  },
};

const exactTypes: Record<string, Type> = {
  '5.001': whole(1, u8, 100 / 255),
  '5.003': whole(1, u8, 360 / 255),
};

const two = (value: number): string => String(value).padStart(2, '0');

function timeOfDay(value: unknown): Uint8Array {
  const match = /^(\d\d):(\d\d):(\d\d)$/.exec(String(value));
  if (match === null) throw new Error(`not a time: ${value}`);
  return Uint8Array.from(match.slice(1), Number);
}

function dateOf(bytes: Uint8Array): string {
  const year = u8(bytes, 2) & 127;
  return `${year >= 90 ? 1_900 + year : 2_000 + year}-${two(u8(bytes, 1) & 15)}-${two(u8(bytes) & 31)}`;
}

function dateBytes(value: unknown): Uint8Array {
  const match = /^\d\d(\d\d)-(\d\d)-(\d\d)$/.exec(String(value));
  if (match === null) throw new Error(`not a date: ${value}`);
  return Uint8Array.from(match.slice(1), Number).reverse();
}

export function typeOf(dpt: string): Type {
  const type = exactTypes[dpt] ?? mainTypes[dpt.split('.', 1)[0] as string];
  if (type === undefined) throw new Error(`datapoint type ${dpt} is not known`);
  return type;
}

/** Where a datapoint type has a name in the vocabulary. */
export const vocabulary: Record<string, [key: string, scale: number]> = {
  '9.001': ['temperature', 1],
  '9.004': ['illuminance', 1],
  '9.005': ['windSpeed', 1],
  '9.006': ['pressure', 0.01],
  '9.007': ['humidity', 1],
  '9.008': ['co2', 1],
  '9.020': ['voltage', 0.001],
  '9.021': ['current', 0.001],
  '9.024': ['power', 1_000],
  '13.010': ['energy', 0.001],
  '13.013': ['energy', 1],
  '14.019': ['current', 1],
  '14.027': ['voltage', 1],
  '14.033': ['frequency', 1],
  '14.056': ['power', 1],
  '14.068': ['temperature', 1],
};
