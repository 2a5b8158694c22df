// What the data of an answer says.

import { ascii, bcdle, concat, hex } from 'fairlead:helpers';
import { type Form, PHASES, place, type Values } from './items.ts';

export const raw = (data: Uint8Array, size = 4): Values => ({
  di: hex(data.slice(0, size).reverse()),
  data: hex(data.subarray(size)),
});

export function decoded(di: string, form: Form, data: Uint8Array): Values {
  const { unit, key, factor = 1, by } = form;
  const step = form.bytes + (form.dated ? 5 : 0);
  const isBlock = by !== undefined && di.length === 8 && (di.slice(-4, -2) === 'ff' || di.endsWith('ff'));
  if (data.length % step !== 0 || (!isBlock && data.length !== step))
    throw new Error(`${form.item}: ${data.length} bytes instead of ${step}`);
  const list = Array.from({ length: data.length / step }, (_, i) =>
    one(form, data.subarray(i * step, i * step + form.bytes)),
  );
  if (isBlock) return { unit, values: list, ...(by === 'phase' && key && phases(key, list, factor)) };
  const [value] = list;
  if (value === undefined) return { valid: false };
  const values: Values = { value, ...(unit && { unit }) };
  if (form.dated) values.occurred = bcdle(data, form.bytes, 5);
  if (key === undefined) return values;
  const scaled = typeof value === 'number' ? Number((value * factor).toPrecision(12)) : value;
  const { phase, tariff, settlement } = place(di, form);
  if (phase !== undefined) Object.assign(values, phases(key, [scaled], 1, String(phase)));
  else if (tariff === undefined && settlement === undefined) values[key] = scaled;
  return values;
}

/** Values of phases under keys of their own; that of phase A alone is the voltage or current of a single-phase meter, too. */
function phases(key: string, list: unknown[], factor: number, first = 'A'): Values {
  const values: Values = {};
  list.forEach((value, i) => {
    const phase = PHASES[PHASES.indexOf(first) + i];
    if (phase === undefined || typeof value !== 'number') return;
    const scaled = Number((value * factor).toPrecision(12));
    if (key === 'voltage' || key === 'current' || key === 'power') values[key + phase] = scaled;
    if (phase === 'A' && (key === 'voltage' || key === 'current')) values[key] = scaled;
  });
  return values;
}

/** One value; nothing where all bytes are FF. */
function one({ decimals, signed, as }: Form, data: Uint8Array): number | string | undefined {
  if (as === 'text')
    return ascii(data.slice().reverse())
      .replace(/[^ -~]+/g, '')
      .trim();
  if (as === 'status') return `0x${hex(data.slice().reverse())}`;
  if (data.every((byte) => byte === 0xff)) return undefined;
  if (as === 'digits') return bcdle(data, 0, data.length);
  const top = data.at(-1) as number;
  const negative = signed === true && top >= 0x80;
  const digits = negative ? concat(data.subarray(0, -1), top & 0x7f) : data;
  const value = Number(bcdle(digits, 0, digits.length)) / 10 ** decimals;
  return negative ? -value : value;
}
