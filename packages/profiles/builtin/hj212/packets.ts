// Packets and the fields in them.

import {
  ascii,
  type Context,
  checksum,
  concat,
  dateText,
  latin1,
  type Result,
  utf8Bytes,
  zoneMinutes,
} from 'fairlead:helpers';
import { EXE_RESULTS, KEYS, NAMES, QN_RESULTS } from './codes.ts';

export type Fields = Record<string, string>;

export function packetOf(bytes: Uint8Array): { head: Fields; content: string } {
  const text = latin1(bytes.subarray(6, -6));
  const [, before, content = ''] = /^([\s\S]*?;?)CP=&&([\s\S]*)&&$/.exec(text) ?? [];
  if (before === undefined) throw new Error('the packet has no CP');
  return { head: fieldsOf(before.split(';')), content };
}

function fieldsOf(list: string[]): Fields {
  const fields: Fields = {};
  for (const part of list) {
    if (part.trim() === '') continue;
    const at = part.indexOf('=');
    if (at < 1) throw new Error(`not a field: ${part.slice(0, 40)}`);
    fields[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  return fields;
}

/** A packet of history has several records; each begins with its DataTime. */
export function recordsOf(content: string): Fields[] {
  const records: string[][] = [[]];
  let dated = false;
  for (const part of content.split(/[;,]/)) {
    if (/^\s*DataTime=/.test(part)) {
      if (dated) records.push([]);
      dated = true;
    }
    (records.at(-1) as string[]).push(part);
  }
  return records.map(fieldsOf);
}

export function recordOf(
  fields: Fields,
  shared: Record<string, unknown>,
  command: string,
  ctx: Context,
): Result {
  const pollutants = pollutantsOf(fields);
  const stamp = fields.DataTime ?? fields.SystemTime ?? fields.AlarmTime ?? fields.RestartTime;
  const values = {
    ...shared,
    CP: fields,
    ...keysOf(pollutants),
    ...(Object.keys(pollutants).length > 0 && { pollutants }),
    ...resultOf(fields),
    ...(command === '2072' && { alarm: 'general' }),
  };
  return stamp ? { time: timeOf(stamp, ctx), values } : { values };
}

/** code-Rtd, code-Flag .. by code. */
function pollutantsOf(fields: Fields): Record<string, Record<string, number | string>> {
  const all: Record<string, Record<string, number | string>> = {};
  for (const [name, text] of Object.entries(fields)) {
    const [, code, kind] = /^([A-Za-z0-9]+)-([A-Za-z]+)$/.exec(name) ?? [];
    if (code === undefined || kind === undefined) continue;
    const known = NAMES[code];
    const factor = all[code] ?? (known === undefined ? {} : { name: known });
    factor[kind] = /^[-+]?\d+(\.\d+)?$/.test(text) && kind !== 'Flag' ? Number(text) : text;
    all[code] = factor;
  }
  return all;
}

/** Values that the logger does not flag as wrong (D fault, F stopped, C calibration, M maintenance, T out of range, B no data). */
function keysOf(pollutants: Record<string, Record<string, number | string>>): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [code, [key, factor]] of Object.entries(KEYS)) {
    const { Rtd, Avg, Flag = 'N' } = pollutants[code] ?? {};
    const value = Rtd ?? Avg;
    if (typeof value === 'number' && Flag === 'N' && values[key] === undefined)
      values[key] = Number((value * factor).toPrecision(12));
  }
  return values;
}

function resultOf({ QnRtn, ExeRtn }: Fields): Record<string, unknown> {
  const code = QnRtn ?? ExeRtn;
  if (code === undefined) return {};
  const meaning = (QnRtn === undefined ? EXE_RESULTS : QN_RESULTS)[code];
  return { result: Number(code), ...(meaning && { meaning }) };
}

/** The request with this QN is over: its execution has a result, a notice is confirmed, or it is not accepted at all. */
export function answered({ CN, QN }: Fields, { values = {} }: Result): Pick<Result, 'answers' | 'refused'> {
  const { result, meaning } = values as { result?: number; meaning?: string };
  const failed = result !== undefined && result !== 1;
  if (!QN || !(CN === '9012' || CN === '9013' || (CN === '9011' && failed))) return {};
  return { answers: QN, ...(failed && { refused: meaning ?? `result ${result}` }) };
}

function timeOf(text: string, { parameters }: Context): Date {
  if (!/^(19|20)\d{12}(\d{3})?$/.test(text)) throw new Error(`not a time: ${text.slice(0, 20)}`);
  return dateText(text.slice(0, 8), text.slice(8, 14), 'ymd', zoneMinutes(String(parameters.timezone)));
}

export function packet(fields: string[]): Uint8Array {
  const data = utf8Bytes(fields.join(';'));
  const check = checksum('crc16/hj212', data).toString(16).toUpperCase().padStart(4, '0');
  return concat(`##${String(data.length).padStart(4, '0')}`, ascii(data), `${check}\r\n`);
}

/** YYYYMMDDhhmmsszzz of the logger's clock. */
export function stamp({ time, parameters }: Context): string {
  const local = new Date(time + zoneMinutes(String(parameters.timezone)) * 60_000);
  return local.toISOString().replace(/\D/g, '');
}
