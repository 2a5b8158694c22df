// The fields of an AIS message, read by its layout.

import { Bits, type Message } from './bits.ts';
import { contents, continued, layouts } from './layouts.ts';

interface Field {
  readonly name: string;
  readonly kind: string;
  readonly count: number;
  readonly divisor: number;
  readonly offset: number;
  readonly mayEnd: boolean;
}

function parseLayout(layout: string): readonly Field[] {
  let mayEnd = false;
  return layout.split(' ').map((field) => {
    const match = /^(\??)(\w+):([uibt*])(-?\d*)(?:\/(\d+))?([+-]\d+)?$/.exec(field);
    if (match === null) throw new Error(`no such field: ${field}`);
    const [, optional, name = '', kind = '', count, divisor = '1', offset = '0'] = match;
    mayEnd ||= optional === '?';
    return { name, kind, count: Number(count), divisor: Number(divisor), offset: Number(offset), mayEnd };
  });
}

const parsedContents: ReadonlyMap<string, readonly Field[]> = new Map(
  Object.entries(contents).map(([key, layout]) => [key, parseLayout(layout)]),
);

const header = parseLayout('type:u6 repeat:u2 mmsi:u30');

const parsed: ReadonlyMap<number, readonly Field[]> = new Map(
  Object.entries(layouts).map(([type, layout]) => [Number(type), parseLayout(layout)]),
);

function readFields(fields: readonly Field[], bits: Bits, message: Message): void {
  for (const { name, kind, count, divisor, offset, mayEnd } of fields) {
    const value = kind === '*' ? rest(name, bits, count) : bits.read(kind, count, mayEnd);
    if (name !== '_') message[name] = typeof value === 'number' ? value / divisor + offset : value;
  }
}

/** What is left, but for `less` bits that follow. */
function rest(name: string, bits: Bits, less: number): string {
  const count = bits.left + less;
  if (count < 0) throw new Error('the message is cut off');
  return name === 'data' ? bits.data(count) : bits.text(count);
}

export function decode(payload: string, fill: number): Message {
  const bits = new Bits(payload, fill);
  const message: Message = {};
  readFields(header, bits, message);
  const type = message.type as number;
  const fields = parsed.get(type);
  if (fields === undefined) return { ...message, data: bits.data(bits.left) };
  readFields(fields, bits, message);
  const more = continued[type]?.(message, bits);
  if (more !== undefined) readFields(parseLayout(more), bits, message);
  const content = parsedContents.get(`${message.dac}/${message.fid}`);
  if (content === undefined) return message;
  const inside = new Bits(payload, fill, type === 6 ? 88 : 56);
  // A content that is too short says that it is something else.
  if (inside.left >= content.reduce((sum, { count }) => sum + count, 0)) readFields(content, inside, message);
  return message;
}
