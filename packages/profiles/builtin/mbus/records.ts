// The records of an M-Bus answer.

import { ascii, type Context, dateUTC, f32le, hex, u8, zoneMinutes } from 'fairlead:helpers';
import {
  DURATIONS,
  FILLER,
  FUNCTIONS,
  KEYS,
  NAMED_UNITS,
  NAMES,
  POWERS,
  SECONDS,
  SIZES,
  TEXTS,
} from './tables.ts';

export type Values = Record<string, unknown>;

interface Row {
  readonly function: string;
  readonly storage: number;
  readonly tariff?: number;
  readonly device?: number;
  readonly quantity?: string;
  readonly unit?: string;
  readonly modifiers?: string;
  readonly value?: number | string;
  /** The value as text, numbers with six decimals. */
  readonly text: string;
}

/** VIFE: a counter of what flows in one direction only. */
const [POSITIVE, NEGATIVE] = ['3b', '3c'];

export function contents(head: Values, data: Uint8Array, ctx: Context): { time?: Date; values: Values } {
  const { rows, more } = recordsOf(data);
  const values: Values = { ...head };
  // Those of a phase or of another kind stand in only where there is no plain one.
  const plain = rows.filter(({ function: kind, storage }) => kind === FUNCTIONS[0] && storage === 0);
  for (const row of plain.filter(({ modifiers = POSITIVE }) => modifiers === POSITIVE)) name(values, row);
  for (const row of plain.filter(({ modifiers = '' }) => modifiers.startsWith('ff'))) name(values, row);
  const fed = plain.find(
    ({ quantity, unit, modifiers }) => quantity === 'Energy' && unit === 'Wh' && modifiers === NEGATIVE,
  );
  if (fed !== undefined) values.energyExport = tidy(Number(fed.value) / 1_000);
  const tariffs = plain.filter(
    ({ quantity, unit, tariff, modifiers }) => quantity === 'Energy' && unit === 'Wh' && tariff && !modifiers,
  );
  if (values.energy === undefined && tariffs.length > 0)
    values.energy = tidy(tariffs.reduce((sum, { value }) => sum + Number(value), 0) / 1_000);
  const clock = plain.find(({ quantity, value }) => quantity === NAMES.get(0x6d) && value !== undefined);
  const time =
    clock &&
    new Date(Date.parse(String(clock.value)) - zoneMinutes(String(ctx.parameters.timezone)) * 60_000);
  return { ...(time && { time }), values: { ...values, ...(more && { more }), records: rows } };
}

function name(values: Values, { quantity = '', unit, tariff, device, value }: Row): void {
  if (value === undefined || tariff || device) return;
  const [key, factor] = KEYS[`${quantity} ${unit}`] ?? [];
  if (key !== undefined && factor !== undefined && typeof value === 'number')
    values[key] ??= tidy(value * factor);
  const text = TEXTS[quantity];
  if (text !== undefined) values[text] ??= String(value);
}

function recordsOf(data: Uint8Array): { rows: Row[]; more: boolean } {
  const rows: Row[] = [];
  for (let at = 0; at < data.length; ) {
    const dif = u8(data, at++);
    if (dif === FILLER) continue;
    if (dif === 0x0f || dif === 0x1f) {
      const rest = hex(data.subarray(at), ' ').toUpperCase();
      const kind = dif === 0x1f ? 'More records follow' : 'Manufacturer specific';
      rows.push({ function: kind, storage: 0, text: rest, ...(rest !== '' && { value: rest }) });
      return { rows, more: dif === 0x1f };
    }
    const record = recordAt(data, at, dif);
    rows.push(record.row);
    at = record.end;
  }
  return { rows, more: false };
}

function recordAt(data: Uint8Array, start: number, dif: number): { row: Row; end: number } {
  let at = start;
  let [storage, tariff, device] = [(dif >> 6) & 1, 0, 0];
  let extended = dif;
  let count = 0;
  for (; (extended & 0x80) !== 0; count++) {
    extended = u8(data, at++);
    if (count === 10) throw new Error('more than 10 DIFE');
    storage += (extended & 15) * 2 ** (1 + 4 * count);
    tariff += ((extended >> 4) & 3) * 4 ** count;
    device += ((extended >> 6) & 1) * 2 ** count;
  }
  const vib = vibAt(data, at);
  at = vib.end;
  let size = SIZES[dif & 15] as number;
  if (size < 0) {
    const length = u8(data, at++);
    size = length < 0xc0 ? length : length < 0xf0 ? length & 15 : length < 0xfb ? 4 * (length - 0xec) : -1;
    if (size < 0) throw new Error(`a value of the unknown length ${length}`);
  }
  if (at + size > data.length) throw new Error('a record ends beyond the data');
  const content = data.subarray(at, at + size);
  const head = {
    function: FUNCTIONS[(dif >> 4) & 3] as string,
    storage,
    ...(count > 0 && { tariff, device }),
  };
  return { row: { ...head, ...vib.about, ...valueOfRecord(dif & 15, vib, content) }, end: at + size };
}

interface Vib {
  readonly code: number;
  readonly about: { quantity: string; unit?: string; modifiers?: string };
  readonly factor: string;
  readonly scale: number;
  readonly add: number;
  readonly end: number;
}

/** VIF, its extensions, and for 7C and FC the text of a unit. */
function vibAt(data: Uint8Array, start: number): Vib {
  let at = start;
  const vif = u8(data, at++);
  const chain: number[] = [vif];
  let custom: string | undefined;
  if ((vif & 0x7f) === 0x7c) {
    const length = u8(data, at++);
    custom = ascii(data.slice(at, at + length).reverse());
    at += length;
  }
  for (let last = vif; (last & 0x80) !== 0; chain.push(last)) {
    if (chain.length > 10) throw new Error('more than 10 VIFE');
    last = u8(data, at++);
  }
  const page = vif === 0xfd ? 0x100 : vif === 0xfb ? 0x200 : 0;
  const code = page + ((page === 0 ? vif : (chain[1] ?? 0)) & 0x7f);
  const [, ...extensions] = page === 0 ? chain : chain.slice(1);
  const { correction, add, modifiers } = corrections(extensions);
  const { quantity, unit, factor, scale } =
    custom === undefined ? meaningOf(code) : { quantity: custom, unit: '-', factor: 0, scale: 1 };
  const about = { quantity, ...(unit && { unit }), ...(modifiers && { modifiers }) };
  return {
    code: custom === undefined ? code : -1,
    about,
    factor: `e${factor + correction}`,
    scale,
    add,
    end: at,
  };
}

/** VIFE 70 to 77 multiply, 78 to 7B add, 7D multiplies by 1000; others only say more of the quantity. */
function corrections(extensions: number[]): { correction: number; add: number; modifiers: string } {
  let [correction, add] = [0, 0];
  const modifiers: number[] = [];
  for (const extension of extensions) {
    const code = extension & 0x7f;
    if (modifiers[0] === 0xff) modifiers.push(code);
    else if (code >= 0x70 && code <= 0x77) correction += (code & 7) - 6;
    else if (code >= 0x78 && code <= 0x7b) add += 10 ** ((code & 3) - 3);
    else if (code === 0x7d) correction += 3;
    else modifiers.push(code === 0x7f ? 0xff : code);
  }
  return { correction, add, modifiers: hex(Uint8Array.from(modifiers)) };
}

function meaningOf(vif: number): { quantity: string; unit?: string; factor: number; scale: number } {
  const covers = ({ from, to }: { from: number; to: number }): boolean => vif >= from && vif <= to;
  const power = POWERS.find(covers);
  if (power !== undefined) {
    const { quantity, unit, exponent, from } = power;
    return { quantity, unit, factor: exponent + vif - from, scale: 1 };
  }
  const duration = DURATIONS.find(covers);
  if (duration !== undefined) {
    const { quantity, first, from } = duration;
    return { quantity, unit: 's', factor: 0, scale: SECONDS[first + vif - from] as number };
  }
  const quantity = NAMES.get(vif);
  const unit = quantity === undefined ? 'Reserved' : NAMED_UNITS[vif];
  return { quantity: quantity ?? 'Reserved', factor: 0, scale: 1, ...(unit && { unit }) };
}

function valueOfRecord(
  coding: number,
  { code, factor, scale, add }: Vib,
  content: Uint8Array,
): { value?: number | string; text: string } {
  if (coding === 0 || coding === 8) return { text: '' };
  if (coding === 2 && code === 0x6c) return moment(content, dateOf);
  if ((coding === 4 || coding === 6) && (code === 0x6d || code === 0x130 || code === 0x170))
    return moment(content, dateTimeOf);
  if (coding === 13) {
    const text = ascii(content.slice().reverse());
    const digits = hex(content.slice().reverse(), ' ').toUpperCase();
    return /^[ -~]*$/.test(text) ? { value: text, text } : { value: digits, text: digits };
  }
  const { raw, valid } =
    coding === 5
      ? { raw: f32le(content), valid: true }
      : coding >= 9
        ? bcdOf(content)
        : { raw: integer(content), valid: true };
  const value = Number(`${raw}${factor}`) * scale + add;
  if (!Number.isFinite(value)) return { text: String(raw) };
  return { ...(valid && { value: tidy(value) }), text: value.toFixed(6) };
}

function integer(content: Uint8Array): number {
  return Number(BigInt.asIntN(8 * content.length, BigInt(`0x${hex(content.slice().reverse())}`)));
}

/** F in the highest digit is a minus. Other letters are what a display shows in place of a value. */
function bcdOf(content: Uint8Array): { raw: number; valid: boolean } {
  const digits = hex(content.slice().reverse());
  const value = [...digits].reduce((sum, digit, i) => {
    const number = Number.parseInt(digit, 16);
    return sum * 10 + (i % 2 === 0 && number > 9 ? 0 : number);
  }, 0);
  return { raw: digits.startsWith('f') ? -value : value, valid: /^f?\d+$/.test(digits) };
}

const digits = (value: number): string => String(value).padStart(2, '0');

/** A moment as text; a value only where it is one. */
function moment(
  content: Uint8Array,
  read: (content: Uint8Array) => { date: string; clock: string; valid: boolean },
): { value?: string; text: string } {
  const { date, clock, valid } = read(content);
  const text = date + clock;
  if (!valid) return { text };
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  dateUTC(year, month, day);
  return { value: text, text };
}

/** Type G: day and year in one byte, month and year in the next. */
function dateOf(content: Uint8Array): { date: string; clock: string; valid: boolean } {
  const [low, high] = [u8(content), u8(content, 1)];
  const [day, month, year] = [low & 31, high & 15, ((low & 0xe0) >> 5) | ((high & 0xf0) >> 1)];
  return { date: `${2_000 + year}-${digits(month)}-${digits(day)}`, clock: '', valid: day > 0 && month > 0 };
}

/**
 * Type F: minute, hour, then as type G; the highest bit of the minute says that it is invalid, two bits of the hour count
 * hundreds of years from 1900. Type I has seconds first.
 */
function dateTimeOf(content: Uint8Array): { date: string; clock: string; valid: boolean } {
  const at = content.length === 6 ? 1 : 0;
  const [minutes, hours] = [u8(content, at), u8(content, at + 1)];
  if ((minutes & 0x80) !== 0) return { date: '1900-01-00', clock: 'T00:00:00Z', valid: false };
  const { date, valid } = dateOf(content.subarray(at + 2));
  const short = Number(date.slice(0, 4)) - 2_000;
  const hundreds = at === 0 ? (hours >> 5) & 3 : 1;
  const year = 1_900 + 100 * (hundreds === 0 && short <= 80 ? 1 : hundreds) + short;
  const [hour, minute, second] = [hours & 31, minutes & 63, at === 1 ? u8(content) & 63 : 0];
  return {
    date: `${year}${date.slice(4)}`,
    clock: `T${[hour, minute, second].map(digits).join(':')}Z`,
    valid: valid && hour < 24 && minute < 60 && second < 60,
  };
}

export const tidy = (value: number): number => Number(value.toPrecision(12));
