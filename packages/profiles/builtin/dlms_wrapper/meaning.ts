// COSEM objects and their values.

import { type Context, dateUTC, hex, i16, latin1, u8, u16, zoneMinutes } from 'fairlead:helpers';
import type { Data, Values } from './axdr.ts';
import { KEYS, UNITS } from './codes.ts';

export interface Content {
  time?: Date;
  values: Values;
  /** An APDU to answer with. */
  reply?: Uint8Array;
}

interface Item {
  obis: string;
  value: unknown;
  scaler?: number;
  unit?: number;
  unitName?: string;
}

export const obisOf = (bytes: Uint8Array): string => [...bytes].join('.');

const isObis = (data: Data | undefined): data is Uint8Array =>
  data instanceof Uint8Array && data.length === 6;

export function meaning(data: Data, ctx: Context): Content {
  const items = Array.isArray(data) ? (described(data) ?? paired(data)) : [];
  if (items.length === 0) return { values: { body: shown(data) } };
  const clock = items.find(({ obis }) => obis === '0.0.1.0.0.255')?.value;
  const time = clock instanceof Uint8Array && clock.length === 12 ? moment(clock, ctx) : undefined;
  const objects = items.map((item) => ({ ...item, value: shown(item.value as Data) }));
  return { ...(time && { time }), values: { ...keysOf(objects), objects } };
}

/** The first item may list the objects, as [class, OBIS, attribute, index]; then values follow in that order. */
function described(data: Data[]): Item[] | undefined {
  const [first] = data;
  if (!Array.isArray(first) || first.length === 0) return undefined;
  const codes = first.map((entry) =>
    Array.isArray(entry) && entry.length === 4 && isObis(entry[1]) ? entry[1] : undefined,
  );
  if (codes.includes(undefined)) return undefined;
  const skipped = codes.length === data.length ? 1 : 0;
  return data.slice(1).map((value, i) => {
    const code = codes[i + skipped];
    if (code === undefined) throw new Error('more values than objects');
    return { obis: obisOf(code), value };
  });
}

/** OBIS codes, each with its value behind it, and perhaps [scaler, unit]; all in one list or one list each. */
function paired(data: Data[], items: Item[] = []): Item[] {
  for (let i = 0; i < data.length; i++) {
    const code = data[i];
    if (Array.isArray(code)) paired(code, items);
    if (!isObis(code) || i + 1 === data.length) continue;
    const item: Item = { obis: obisOf(code), value: data[++i] };
    const [scaler, unit] = Array.isArray(data[i + 1]) ? (data[i + 1] as Data[]) : [];
    if (typeof scaler === 'number' && typeof unit === 'number') {
      Object.assign(item, { scaler, unit, ...(UNITS[unit] && { unitName: UNITS[unit] }) });
      if (typeof item.value === 'number') item.value = Number(`${item.value}e${scaler}`);
      i++;
    }
    items.push(item);
  }
  return items;
}

export function keysOf(items: Item[]): Values {
  const values: Values = {};
  for (const { obis, value } of items) {
    const [a, , ...rest] = obis.split('.');
    const [key, factor] = KEYS[rest.slice(0, 3).join('.')] ?? [];
    if (a === '1' && key !== undefined && factor !== undefined && typeof value === 'number')
      values[key] ??= tidy(value * factor);
    if (
      /^(0\.0\.(42\.0\.0|96\.1\.[01])|1\.[01]\.0\.0\.[05])\.255$/.test(obis) &&
      typeof value === 'string' &&
      /^[!-~]+$/.test(value)
    )
      Object.assign(values, { deviceId: value, serial: value });
  }
  if (values.voltageL1 !== undefined) values.voltage = values.voltageL1;
  if (values.currentL1 !== undefined) values.current = values.currentL1;
  return values;
}

const tidy = (value: number): number => Number(value.toPrecision(12));

/** Bytes as text where all are printable, else as hex. */
export function shown(data: Data): unknown {
  if (Array.isArray(data)) return data.map(shown);
  if (!(data instanceof Uint8Array)) return data;
  return data.length > 0 && data.every((byte) => byte >= 0x20 && byte < 0x7f) ? latin1(data) : hex(data);
}

/** year (2) month day weekday hour minute second hundredths deviation (2) status. UTC is the local time plus the deviation. */
export function moment(bytes: Uint8Array, ctx: Context): Date | undefined {
  const [month, day, hour, minute] = [u8(bytes, 2), u8(bytes, 3), u8(bytes, 5), u8(bytes, 6)];
  if (u16(bytes) === 0xffff || [month, day, hour, minute].includes(0xff)) return undefined;
  const second = u8(bytes, 7) === 0xff ? 0 : u8(bytes, 7);
  const hundredths = u8(bytes, 8) === 0xff ? 0 : u8(bytes, 8);
  const deviation = i16(bytes, 9) === -0x8000 ? -zoneMinutes(String(ctx.parameters.timezone)) : i16(bytes, 9);
  const local = dateUTC(u16(bytes), month, day, hour, minute, second);
  return new Date(local.getTime() + hundredths * 10 + deviation * 60_000);
}
