// Reads messages of protobuf by layouts.

import { be, f32le, hex, i32le, protobuf, u32le, utf8, zigzag } from 'fairlead:helpers';

export type Values = Record<string, unknown>;

// Fields as number:name:type, the types being u (number), i (signed), z (zigzag), b (true or false), f (float), x (fixed32),
// y (signed fixed32), s (text), h (bytes in hex), m (bytes of a message). A field with another wire type is left out.

export type Field = ReturnType<typeof protobuf>[number];

const wires: Record<string, number> = { u: 0, i: 0, z: 0, b: 0, f: 5, x: 5, y: 5, s: 2, h: 2, m: 2 };

function typed(type: string, value: Field['value']): unknown {
  if (!(value instanceof Uint8Array)) {
    if (type === 'b') return Number(value) !== 0;
    if (type === 'i') return Number(BigInt.asIntN(64, BigInt(value)));
    return Number(type === 'z' ? zigzag(value) : value);
  }
  switch (type) {
    case 'f':
      return float(f32le(value));
    case 'x':
      return u32le(value);
    case 'y':
      return i32le(value);
    case 's':
      return utf8(value);
    case 'h':
      return hex(value);
    default:
      return value;
  }
}

/** The shortest decimal number that is this float; what is no number is left out. */
function float(value: number): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

export function read(layout: string, fields: readonly Field[]): Values {
  const values: Values = {};
  for (const entry of layout.split(' ')) {
    const [number, name = '', type = ''] = entry.split(':');
    const field = fields.findLast((of) => of.field === Number(number) && of.wire === wires[type]);
    const value = field === undefined ? undefined : typed(type, field.value);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

export const message = (layout: string, bytes: unknown): Values =>
  bytes instanceof Uint8Array ? read(layout, protobuf(bytes)) : {};

export const nodeName = (number: unknown): string => `!${hex(be(Number(number) >>> 0, 4))}`;

export const seconds = (value: unknown): Date | undefined =>
  Number(value) > 0 ? new Date(Number(value) * 1_000) : undefined;

/** Without what is undefined. */
export const given = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
