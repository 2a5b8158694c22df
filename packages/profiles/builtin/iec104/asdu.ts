// What an ASDU says.

import { type Context, hex, u8, u16le, u24le } from 'fairlead:helpers';
import { PARTS, type Part, TYPES, type Values } from './parts.ts';
import { named } from './points.ts';

const CAUSES: Record<number, string> = {
  1: 'periodic',
  2: 'background scan',
  3: 'spontaneous',
  4: 'initialized',
  5: 'request',
  6: 'activation',
  7: 'activation confirmed',
  8: 'deactivation',
  9: 'deactivation confirmed',
  10: 'activation terminated',
  11: 'remote command',
  12: 'local command',
  13: 'file transfer',
  20: 'interrogated',
  37: 'counters',
  44: 'unknown type',
  45: 'unknown cause',
  46: 'unknown common address',
  47: 'unknown object address',
};

export function asduOf(bytes: Uint8Array, ctx: Context): { time?: number; values: Values } {
  if (bytes.length < 6) return { values: { asdu: hex(bytes) } };
  const [type, sq, count] = [u8(bytes), u8(bytes, 1) >> 7, u8(bytes, 1) & 0x7f];
  const cause = u8(bytes, 2);
  const cot = cause & 0x3f;
  const [typeName, parts] = TYPES.get(type) ?? [];
  const head: Values = {
    type,
    ...(typeName && { typeName }),
    sq,
    count,
    cot,
    ...(CAUSES[cot] && { cause: CAUSES[cot] }),
    ...(cause & 0x40 && { negative: true }),
    ...(cause & 0x80 && { test: true }),
    originator: u8(bytes, 3),
    ca: u16le(bytes, 4),
  };
  if (parts === undefined) return { values: { ...head, asdu: hex(bytes.subarray(6)) } };
  const objects = objectsOf(bytes.subarray(6), parts, sq, count, ctx);
  const times = new Set(objects.map(({ time }) => time));
  const [time] = times;
  return {
    ...(times.size === 1 && time !== undefined && { time: Date.parse(String(time)) }),
    values: { ...head, ...named(objects, Number(head.ca), ctx), objects },
  };
}

function objectsOf(
  bytes: Uint8Array,
  parts: readonly string[],
  sq: number,
  count: number,
  ctx: Context,
): Values[] {
  const size = parts.reduce((sum, part) => sum + (PARTS[part] as Part)[0], 0);
  const expected = sq === 1 ? 3 + count * size : count * (3 + size);
  if (bytes.length !== expected)
    throw new Error(`${count} objects have ${expected} bytes, not ${bytes.length}`);
  const objects: Values[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const object: Values = { ioa: sq === 1 ? u24le(bytes) + i : u24le(bytes, at) };
    if (sq === 0 || i === 0) at += 3;
    for (const part of parts) {
      const [length, read] = PARTS[part] as Part;
      Object.assign(object, read(bytes, at, ctx));
      at += length;
    }
    objects.push(object);
  }
  return objects;
}
